import Foundation
import Testing

/// `docs/equations.md` names the code that computes each equation.
struct EquationsPageTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test func namesWhatIsThere() throws {
    let page = try String(contentsOf: Self.root.appendingPathComponent("docs/equations.md"), encoding: .utf8)
    let names = Set(page.matches(of: /`([A-Za-z_]+)`/).map { String($0.output.1) })
    let sources = Self.root.appendingPathComponent("Sources")
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var words: Set<Substring> = []
    for case let file as URL in files where ["swift", "c", "h", "inc"].contains(file.pathExtension) {
      let text = try String(contentsOf: file, encoding: .utf8)
      words.formUnion(text.split { !$0.isLetter && !$0.isNumber && $0 != "_" })
    }
    #expect(!names.isEmpty)
    #expect(names.filter { !words.contains($0[...]) } == [])
  }
}
