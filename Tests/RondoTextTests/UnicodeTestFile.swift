import Foundation

/// One of Unicode's conformance tests.
struct UnicodeTestFile {
  struct Line {
    /// What stands before the comment, without white space at its end.
    let test: String
    /// All of it.
    let text: String
  }

  let name: String
  let version: String
  /// Whether it is the extract in `Fixtures`, not the whole file.
  let isExtract: Bool
  /// All lines that are no comments, those with `@` that name a part among them.
  let lines: [Line]

  /// The file that belongs to a version of Unicode: where the system has the whole one, else the extract.
  ///
  /// Where neither is of that version, says so on standard output and gives nil: what an algorithm of one version does is
  /// not what the file of another asks for.
  static func find(_ name: String, version: String) throws -> UnicodeTestFile? {
    // Where Debian's package unicode-data puts them.
    var paths = ["auxiliary/\(name).txt", "\(name).txt"].flatMap { path in
      ["", ".bz2", ".gz"].map { "/usr/share/unicode/\(path)\($0)" }
    }
    let extract = Bundle.module.url(forResource: name, withExtension: "txt", subdirectory: "Fixtures")?.path
    if let extract { paths.append(extract) }
    var versions: [String] = []
    for path in paths where FileManager.default.fileExists(atPath: path) {
      let file = UnicodeTestFile(name, try read(path), isExtract: path == extract)
      if file.version == version { return file }
      versions.append(file.version)
    }
    print(
      "\(name): left out, the code is of Unicode \(version), the files here of \(versions.joined(separator: ", "))"
    )
    return nil
  }

  private init(_ name: String, _ bytes: Data, isExtract: Bool) {
    let lines = bytes.split(separator: UInt8(ascii: "\n")).map { line in
      Line(
        test: String(decoding: line.prefix { $0 != UInt8(ascii: "#") }, as: UTF8.self)
          .trimmingCharacters(in: .whitespaces),
        text: String(decoding: line, as: UTF8.self))
    }
    self.name = name
    self.isExtract = isExtract
    // The first line is "# NAME-VERSION.txt".
    version = String(lines.first?.text.dropFirst("# \(name)-".count).dropLast(".txt".count) ?? "")
    self.lines = lines.filter { !$0.test.isEmpty }
  }

  private static func read(_ path: String) throws -> Data {
    guard !path.hasSuffix(".txt") else { return try Data(contentsOf: URL(fileURLWithPath: path)) }
    let program = path.hasSuffix(".gz") ? "gzip" : "bzip2"
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program, "-dc", path]
    process.standardOutput = pipe
    try process.run()
    let contents = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CannotUnpack(path: path, program: program) }
    return contents
  }

  private struct CannotUnpack: Error {
    let path, program: String
  }

  /// Says how many lines are right, and what was seen, on standard output.
  func report(_ right: Int, of count: Int) {
    print("\(name) \(version): \(right) of \(count) lines\(isExtract ? " of the extract" : "")")
  }
}

/// The text of code points in hexadecimal, with spaces between them.
func text(ofHexadecimal list: some StringProtocol) -> [UInt8] {
  var scalars = String.UnicodeScalarView()
  for field in list.split(separator: " ") { scalars.append(Unicode.Scalar(UInt32(field, radix: 16)!)!) }
  return Array(String(scalars).utf8)
}
