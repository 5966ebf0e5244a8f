import RondoText
import Testing

struct UnicodeVersionsTests {
  @Test func asksTheLoadedLibrary() {
    let version = UnicodeVersions.current.normalization
    #expect(version.split(separator: ".").count == 3 && version.allSatisfy { $0.isNumber || $0 == "." })
    #expect(UnicodeVersions.current.clusters == version)
    #expect(UnicodeVersions.current.words == "15.0.0")
  }
}
