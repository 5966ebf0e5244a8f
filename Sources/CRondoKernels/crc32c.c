#include "rondo_kernels.h"

#include <string.h>

#if defined(__x86_64__)
#define CRC_FUNCTION __attribute__((target("sse4.2")))
#define CRC_IS_HERE __builtin_cpu_supports("sse4.2")
#define CRC_OF_8(crc, x) (uint32_t)__builtin_ia32_crc32di(crc, x)
#define CRC_OF_1(crc, x) __builtin_ia32_crc32qi(crc, x)
#elif defined(__ARM_FEATURE_CRC32)
#define CRC_FUNCTION
#define CRC_IS_HERE true
#define CRC_OF_8(crc, x) __builtin_arm_crc32cd(crc, x)
#define CRC_OF_1(crc, x) __builtin_arm_crc32cb(crc, x)
#endif

#ifdef CRC_FUNCTION
CRC_FUNCTION static uint32_t update(uint32_t crc, const uint8_t *bytes, size_t count) {
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    crc = CRC_OF_8(crc, word);
  }
  for (; count > 0; bytes++, count--) crc = CRC_OF_1(crc, *bytes);
  return crc;
}

bool rondo_crc32c(uint32_t *crc, const void *bytes, size_t count) {
  if (!CRC_IS_HERE) return false;
  *crc = update(*crc, bytes, count);
  return true;
}
#else
bool rondo_crc32c(uint32_t *crc, const void *bytes, size_t count) { return false; }
#endif
