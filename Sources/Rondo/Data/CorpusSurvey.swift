/// What lies at the paths of a corpus, in the order of reading; nothing is read yet.
struct CorpusSurvey {
  enum Finding {
    case file(FilePath)
    case standardInput
    case skipped(Corpus.Skipped.Reason)
  }

  struct Item {
    /// The name of the document to be.
    var name: String
    /// The path for messages.
    var pathText: String
    /// Whether nobody named it: it was met in a folder.
    var isInFolder = false
    /// How many bytes a file has; nil for what ends when it ends, such as a pipe, and for what is not read.
    var byteCount: Int?
    var finding: Finding
  }

  /// Which files of folders count, as it was said.
  private let extensions: [String]
  /// The same in lower case.
  private let wanted: Set<String>

  private(set) var items: [Item] = []
  /// What to call the corpus: from the first path that was added.
  private(set) var name = ""
  private var met: Set<FileStatus.Identity> = []

  init(_ options: CorpusOptions) {
    extensions = options.extensions
    wanted = Set(extensions.map { FilePath.lowercased($0.utf8) })
  }

  /// Looks at one path: a file, a folder or `-`.
  mutating func add(_ text: String) throws(CorpusError) {
    let isFirst = items.isEmpty
    if text == "-" {
      if isFirst { name = "stdin" }
      items.append(Item(name: "standard input", pathText: "standard input", finding: .standardInput))
      return
    }
    let path = FilePath(text)
    let status: FileStatus
    do { status = try FileStatus(of: path, followingLinks: true) } catch {
      if error.isNotFound, (try? FileStatus(of: path, followingLinks: false))?.kind == .link {
        throw .unreadable(text, reason: "it is a link that leads nowhere")
      }
      throw CorpusError(error, text)
    }
    if status.kind == .folder {
      let base = path.baseName.text
      if isFirst { name = [".", "..", ""].contains(base) ? FileReading.realBaseName(of: path) ?? "" : base }
      try addFolder(path)
    } else {
      if isFirst { name = path.stem }
      append(
        Item(name: path.baseName.text, pathText: text, finding: note(status) ?? .file(path)), status)
    }
  }

  /// Walks a folder to its bottom and adds all that is in it, by the bytes of the paths.
  private mutating func addFolder(_ root: FilePath) throws(CorpusError) {
    var waiting = [FilePath("")]
    var found: [(path: FilePath, isFolder: Bool, status: FileStatus?, reason: Corpus.Skipped.Reason?)] = []
    while let folder = waiting.popLast() {
      let folderPath = folder.bytes.isEmpty ? root : root.appending(folder)
      do throws(FileFailure) {
        for entry in try FileReading.entries(of: folderPath) {
          let relative = folder.appending(entry)
          let look = try look(at: root.appending(relative))
          if look.isFolder && look.reason == nil {
            waiting.append(relative)
          } else {
            found.append((relative, look.isFolder, look.status, look.reason))
          }
        }
      } catch {
        throw CorpusError(error, folderPath.text)
      }
    }
    guard found.contains(where: { $0.reason == nil }) else {
      throw .noText(root.text, extensions: extensions)
    }
    for (path, isFolder, status, reason) in found.sorted(by: { $0.path < $1.path }) {
      let finding: Finding =
        if let reason { .skipped(reason) } else { status.flatMap { note($0) } ?? .file(root.appending(path)) }
      append(
        Item(
          name: path.text + (isFolder ? "/" : ""), pathText: root.appending(path).text, isInFolder: true,
          finding: finding), status)
    }
  }

  private mutating func append(_ item: Item, _ status: FileStatus?) {
    var item = item
    if case .file = item.finding, let status, status.kind == .file { item.byteCount = status.byteCount }
    items.append(item)
  }

  /// Whether an entry of a folder is to be read or walked, and if not, why.
  private func look(
    at path: FilePath
  ) throws(FileFailure) -> (isFolder: Bool, status: FileStatus?, reason: Corpus.Skipped.Reason?) {
    let own: FileStatus
    do { own = try FileStatus(of: path, followingLinks: false) } catch {
      if error.isNotFound { return (false, nil, .gone) }
      throw error
    }
    if path.isHidden { return (own.kind == .folder, own, .hidden) }
    var status = own
    if own.kind == .link {
      guard let target = try? FileStatus(of: path, followingLinks: true) else {
        return (false, own, .brokenLink)
      }
      if target.kind == .folder { return (false, target, .linkToFolder) }
      status = target
    }
    if status.kind == .folder { return (true, status, nil) }
    guard status.kind == .file else { return (false, status, .special) }
    return (false, status, objection(to: path))
  }

  /// Why the name of a file in a folder does not count; nil where it does. What is compressed counts by the name that
  /// it has without that: `a.txt.gz` as `a.txt`.
  private func objection(to path: FilePath) -> Corpus.Skipped.Reason? {
    if wanted.contains("*") { return nil }
    guard let own = path.fileExtension else { return .noExtension }
    if wanted.contains(own) { return nil }
    if Compression.allCases.contains(where: { $0.fileExtension == own }) {
      let inner = FilePath(bytes: Array(path.bytes.dropLast(own.utf8.count + 1))).fileExtension
      if let inner { return wanted.contains(inner) ? nil : .otherExtension(inner) }
    }
    return .otherExtension(own)
  }

  /// Remembers a file; says so if it was met before. Pipes and devices may well come twice.
  private mutating func note(_ status: FileStatus) -> Finding? {
    guard status.kind == .file, let identity = status.identity else { return nil }
    return met.insert(identity).inserted ? nil : .skipped(.alreadyRead)
  }
}
