#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The folder of a training run: `best.safetensors`, `last.safetensors`, `metrics.jsonl`, `run.json`.
public struct RunFolder: Sendable, Equatable {
  /// Where it is.
  public let path: String
  /// The model with the least validation loss.
  public var bestPath: String { path + "/best.safetensors" }
  /// The latest state, with all that resuming needs.
  public var lastPath: String { path + "/last.safetensors" }
  /// The state to go back to where the loss runs away; gone when the run is over.
  package var rollBackPath: String { path + "/rollback.safetensors" }
  /// A line of JSON for every 10 steps, every validation and every roll-back.
  public var metricsPath: String { path + "/metrics.jsonl" }
  private var sourcesPath: String { path + "/run.json" }
  /// Whether it was made here, and not there already.
  private let isNew: Bool

  /// The files a run was started with, by the names given then: beside the run, not in the model.
  public struct Sources: Sendable, Equatable, Codable {
    /// Files and folders of the corpus.
    public var corpus: [String]
    /// The file or folder to validate on.
    public var validation: String?
    /// How they are read.
    public var options: CorpusOptions {
      get { reading ?? CorpusOptions() }
      set { reading = newValue == CorpusOptions() ? nil : newValue }
    }
    /// The options, where they are not the usual ones.
    private var reading: CorpusOptions?

    /// The names, and how the files are read.
    public init(corpus: [String], validation: String? = nil, options: CorpusOptions = CorpusOptions()) {
      self.corpus = corpus
      self.validation = validation
      self.options = options
    }
  }

  /// A folder that is there already.
  public init(existing path: String) {
    self.path = path
    isNew = false
  }

  /// Makes a new folder.
  ///
  /// - Throws: `CheckpointError.cannotCreate` where it cannot be made, or is there and not empty.
  public init(creating path: String) throws(CheckpointError) {
    self.path = path
    isNew = try Self.make(path)
    if !isNew { try Self.checkIsEmpty(path) }
  }

  /// Checks that nothing is at a path, or an empty folder, so that ``init(creating:)`` can have it.
  ///
  /// - Throws: `CheckpointError.cannotCreate`.
  package static func checkCanBeMade(_ path: String) throws(CheckpointError) {
    guard (try? FileStatus(of: FilePath(path), followingLinks: false)) != nil else { return }
    try checkIsEmpty(path)
  }

  private static func checkIsEmpty(_ path: String) throws(CheckpointError) {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder else {
      throw .cannotCreate(path: path, reason: "a file has this name")
    }
    guard let present = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw .cannotCreate(path: path, reason: "the folder that is there cannot be read")
    }
    guard present.isEmpty else { throw .cannotCreate(path: path, reason: "the folder is not empty") }
  }

  /// Makes `runs/NAME`, or `runs/NAME-2` and so on where that is taken. Of two that ask at once each gets its own.
  ///
  /// - Throws: `CheckpointError.cannotCreate` where it cannot be made.
  public init(named name: String, in parent: String = "runs") throws(CheckpointError) {
    var path = parent + "/" + name
    var number = 2
    while try !Self.make(path) {
      path = "\(parent)/\(name)-\(number)"
      number += 1
    }
    self.path = path
    isNew = true
  }

  /// Makes a folder, and those it lies in.
  ///
  /// - Returns: false where something has its name already: the system decides that, so that it is true once alone.
  private static func make(_ path: String) throws(CheckpointError) -> Bool {
    let trimmed = path.utf8.reversed().drop { $0 == UInt8(ascii: "/") }.drop { $0 != UInt8(ascii: "/") }
    let parent = String(decoding: trimmed.reversed(), as: UTF8.self)
    do {
      if !parent.isEmpty {
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
      }
    } catch {
      throw .cannotCreate(path: path, reason: "the folder that it would lie in cannot be made")
    }
    if unsafe mkdir(path, 0o777) == 0 { return true }
    guard errno == EEXIST else { throw .cannotCreate(path: path, reason: systemErrorText()) }
    return false
  }

  /// The run whose checkpoint was written last; nil where there is none. One that is at its first step yet counts only
  /// where all are.
  public static func newest(in parent: String = "runs") -> RunFolder? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    let dated = names.compactMap { name -> (date: Date, folder: RunFolder)? in
      let folder = RunFolder(existing: parent + "/" + name)
      let attributes = try? FileManager.default.attributesOfItem(atPath: folder.lastPath)
      return (attributes?[.modificationDate] as? Date).map { ($0, folder) }
    }
    let folders = dated.sorted { ($0.date, $0.folder.path) > ($1.date, $1.folder.path) }.map(\.folder)
    return folders.first { !$0.isUntrained } ?? folders.first
  }

  /// Whether the latest state is that before the first step; false where it cannot be read.
  private var isUntrained: Bool {
    guard let text = (try? SafetensorsReader.metadata(of: lastPath))?["training"],
      let training = try? JSONText.decode(TrainingRecord.self, from: text)
    else { return false }
    return training.progress.step == 0
  }

  /// The file that a model's name means: itself, or a run folder's best, or its last where nothing was held out.
  ///
  /// - Throws: `.modelMissing` for a folder that has neither.
  static func model(at path: String) throws(CheckpointError) -> String {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder else { return path }
    let folder = RunFolder(existing: path)
    let model = [folder.bestPath, folder.lastPath].first { FileManager.default.fileExists(atPath: $0) }
    guard let model else { throw .modelMissing(path: path) }
    return model
  }

  /// Whether a path is that of a model and not of a text: a file by its name, a folder by the models that it has.
  public static func isModel(_ path: String) -> Bool {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder else {
      return path.lowercased().hasSuffix(".safetensors")
    }
    return (try? model(at: path)) != nil
  }

  /// Checks that nobody trains into the folder at this moment; `Trainer.run` holds it against others.
  ///
  /// - Throws: `.inUse`.
  package func checkIsFree() throws(CheckpointError) { _ = try FolderLock(path) }

  /// Removes what a process left that was killed while it wrote a file. Nobody else may be writing.
  func removeLeftovers() {
    let own = [lastPath, bestPath, rollBackPath, metricsPath, metricsPath + ".bak", sourcesPath]
    for entry in (try? FileReading.entries(of: FilePath(path))) ?? [] {
      guard let name = AtomicFile.nameToBe(of: entry.text), own.contains(path + "/" + name) else { continue }
      try? FileManager.default.removeItem(atPath: path + "/" + entry.text)
    }
  }

  /// Where a state to go back to was kept; nil where none was.
  var existingRollBackPath: String? {
    FileManager.default.fileExists(atPath: rollBackPath) ? rollBackPath : nil
  }

  /// Keeps the latest state as the one to go back to: as a second name of its file, which lives on when the first name is
  /// given to the next. At every moment a whole state has the name.
  ///
  /// - Returns: false where the file system has no hard links.
  func linkLastForRollBack() -> Bool {
    let temporary = path + "/.rollback.safetensors.tmp-0"
    unsafe _ = unlink(temporary)
    // Where both are names of one file already, rename leaves them.
    defer { unsafe _ = unlink(temporary) }
    return unsafe link(lastPath, temporary) == 0 && rename(temporary, rollBackPath) == 0
  }

  /// Removes the state to go back to.
  func removeRollBack() { unsafe _ = unlink(rollBackPath) }

  /// Removes what was written into a new run where training failed before its first checkpoint, and the folder where it
  /// was made for the run. A run that has a checkpoint stays as it is.
  package func removeUnlessBegun() {
    guard !FileManager.default.fileExists(atPath: lastPath) else { return }
    for path in [metricsPath, sourcesPath] { try? FileManager.default.removeItem(atPath: path) }
    // Unlike removeItem, rmdir leaves a folder that has something else in it.
    if isNew { unsafe _ = rmdir(path) }
  }

  /// Keeps the names of the files beside the run.
  public func write(_ sources: Sources) throws(CheckpointError) {
    var file = try AtomicFile(replacing: sourcesPath)
    try unsafe file.append(Array((JSONText.encode(sources) + "\n").utf8).span.bytes)
    try file.commit()
  }

  /// The names of the files, as `write` kept them.
  ///
  /// - Throws: `CheckpointError.sourcesMissing`, `.sourcesDamaged`.
  public func sources() throws(CheckpointError) -> Sources {
    guard let data = FileManager.default.contents(atPath: sourcesPath) else {
      throw .sourcesMissing(path: sourcesPath)
    }
    do {
      return try JSONText.decode(Sources.self, from: String(decoding: data, as: UTF8.self))
    } catch {
      throw .sourcesDamaged(path: sourcesPath)
    }
  }
}
