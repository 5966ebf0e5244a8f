import CRondoKernels
import Foundation
import Testing

@Suite struct CoresTests {
  /// A tree of cgroups in a folder: what a process is a member of, and files with their content.
  private func cores(_ membership: String, _ files: [String: String]) throws -> Int {
    let root = FileManager.default.temporaryDirectory.path + "/rondo-cgroup-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: root) }
    for (name, content) in files.merging(["self": membership], uniquingKeysWith: { $1 }) {
      let url = URL(fileURLWithPath: root + "/" + name)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(content.utf8).write(to: url)
    }
    return unsafe rondo_cgroup_cores(root + "/self", root)
  }

  @Test func smallestQuotaOnTheWayUpCounts() throws {
    let nested = "0::/user.slice/job/step\n"
    #expect(try cores(nested, ["user.slice/job/step/cpu.max": "250000 100000\n"]) == 3, "rounded up")
    #expect(
      try cores(
        nested,
        [
          "user.slice/job/step/cpu.max": "max 100000\n", "user.slice/job/cpu.max": "200000 100000\n",
          "user.slice/cpu.max": "800000 100000\n",
        ]) == 2)
    #expect(
      try cores(
        nested, ["user.slice/job/step/cpu.max": "400000 100000", "user.slice/cpu.max": "100000 100000"]) == 1)
    #expect(try cores(nested, ["user.slice/job-2/cpu.max": "100000 100000"]) == 0, "not one of its own")
    // A container: the path is the host's, and the root has the quota.
    #expect(try cores("0::/docker/0123", ["cpu.max": "100000 50000"]) == 2)
    #expect(try cores("0::/", ["cpu.max": "300000 100000"]) == 3)
  }

  @Test func versionOne() throws {
    let membership = "12:cpuset:/a\n4:cpu,cpuacct:/jobs/seven\n1:name=systemd:/a\n0::/a\n"
    let period = "cpu/jobs/seven/cpu.cfs_period_us", quota = "cpu/jobs/seven/cpu.cfs_quota_us"
    #expect(try cores(membership, [quota: "150000\n", period: "100000\n"]) == 2)
    #expect(try cores(membership, [quota: "-1\n", period: "100000\n"]) == 0)
    #expect(
      try cores(
        membership,
        [
          quota: "-1\n", period: "100000\n", "cpu/jobs/cpu.cfs_quota_us": "400000",
          "cpu/jobs/cpu.cfs_period_us": "100000",
        ]) == 4)
    // Both versions at once.
    #expect(try cores(membership, [quota: "400000", period: "100000", "a/cpu.max": "300000 100000"]) == 3)
    #expect(
      try cores("3:cpuacct:/a\n", ["cpu/a/cpu.cfs_quota_us": "1", "cpu/a/cpu.cfs_period_us": "1"]) == 0)
  }

  @Test func whatIsNoQuotaIsNone() throws {
    for content in ["", "max", "max 100000", "0 100000", "100000", "100000 0", "-5 100000", "x y"] {
      #expect(try cores("0::/a", ["a/cpu.max": content]) == 0, "\(content)")
    }
    for membership in [
      "", "\n", "0", "0:", "0::", "0::a", "::", "0::/" + String(repeating: "b", count: 10_000),
    ] {
      #expect(try cores(membership, ["a/cpu.max": "100000 100000"]) == 0, "\(membership.prefix(10))")
    }
    #expect(unsafe rondo_cgroup_cores("/no/such/file", "/sys/fs/cgroup") == 0)
  }
}
