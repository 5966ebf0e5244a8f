/// How far a corpus is taken in. How much is read of files is known as soon as all are open: most of those that nobody has
/// to check or convert stay as they are. Of what comes from a pipe it is known at its end alone.
struct IntakeProgress {
  private var ofFiles: TrainingData.Progress
  private var fileByteCount: Int
  private var ofPipes = TrainingData.Progress(phase: .receiving, bytes: 0, totalBytes: nil)
  /// What has been read of the item that is being taken in.
  private var itemByteCount = 0

  init(_ items: [CorpusSurvey.Item]) {
    fileByteCount = items.reduce(0) { $0 + ($1.byteCount ?? 0) }
    ofFiles = TrainingData.Progress(phase: .preparing, bytes: 0, totalBytes: fileByteCount)
  }

  /// Counts bytes that were read of an item.
  ///
  /// - Returns: what to tell.
  mutating func add(_ count: Int, of item: CorpusSurvey.Item) -> TrainingData.Progress {
    guard item.byteCount != nil else {
      ofPipes.bytes += count
      return ofPipes
    }
    itemByteCount += count
    ofFiles.bytes += count
    return ofFiles
  }

  /// Says that no more is read of an item.
  mutating func finish(_ item: CorpusSurvey.Item) {
    fileByteCount += itemByteCount - (item.byteCount ?? 0)
    ofFiles.totalBytes = fileByteCount
    itemByteCount = 0
  }
}
