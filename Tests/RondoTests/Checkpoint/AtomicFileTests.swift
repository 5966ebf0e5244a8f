import Foundation
import Testing

@testable import Rondo

struct AtomicFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func write(_ text: String, to path: String) throws {
    var file = try AtomicFile(replacing: path)
    try unsafe file.append(Array(text.utf8).span.bytes)
    try file.commit()
  }

  @Test func replacesAndLeavesNothingElse() throws {
    let path = folder.path(of: "last.safetensors")
    try write("old", to: path)
    try write("newer", to: path)
    #expect(folder.names == ["last.safetensors"])
    #expect(try folder.bytes(of: "last.safetensors") == Array("newer".utf8))
  }

  @Test func oldFileStandsUntilCommit() throws {
    let path = folder.path(of: "last.safetensors")
    try write("old", to: path)
    var file = try AtomicFile(replacing: path)
    try unsafe file.append(Array("new".utf8).span.bytes)
    #expect(folder.names == [".last.safetensors.tmp-\(getpid())-1", "last.safetensors"])
    #expect(try folder.bytes(of: "last.safetensors") == Array("old".utf8))
    try file.commit()
    #expect(try folder.bytes(of: "last.safetensors") == Array("new".utf8))
  }

  @Test func withoutCommitNothingRemains() throws {
    let path = folder.path(of: "last.safetensors")
    do {
      let file = try AtomicFile(replacing: path)
      try unsafe file.append(Array("new".utf8).span.bytes)
    }
    #expect(folder.names == [])
  }

  @Test func overwritingDoesNotMoveTheEnd() throws {
    var file = try AtomicFile(replacing: folder.path(of: "x"))
    try unsafe file.append(Array("abcdef".utf8).span.bytes)
    try unsafe file.overwrite(Array("XY".utf8).span.bytes, at: 1)
    try unsafe file.append(Array("gh".utf8).span.bytes)
    try unsafe file.append([UInt8]().span.bytes)
    try file.commit()
    #expect(try folder.bytes(of: "x") == Array("aXYdefgh".utf8))
  }

  /// A temporary file of a killed process with the same number is neither in the way nor touched.
  @Test func leftoverOfTheSameProcessNumber() throws {
    let leftover = ".x.tmp-\(getpid())-1"
    _ = try folder.write([1], as: leftover)
    try write("new", to: folder.path(of: "x"))
    #expect(folder.names == [leftover, "x"])
    #expect(try folder.bytes(of: leftover) == [1])
  }

  @Test func twoWritersAtOnce() throws {
    let path = folder.path(of: "x")
    var first = try AtomicFile(replacing: path)
    var second = try AtomicFile(replacing: path)
    try unsafe first.append(Array("first".utf8).span.bytes)
    try unsafe second.append(Array("second".utf8).span.bytes)
    try second.commit()
    try first.commit()
    #expect(folder.names == ["x"])
    #expect(try folder.bytes(of: "x") == Array("first".utf8))
  }

  /// A relative name means the folder that was current at the beginning.
  @Test func relativeName() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      #expect(unsafe chdir(folder.path) == 0)
      var file = try AtomicFile(replacing: "x")
      #expect(unsafe chdir("/") == 0)
      try file.commit()
      #expect(folder.names == ["x"])
    }
  }

  // MARK: - What cannot be created

  private func refusal(_ path: String) -> CheckpointError? {
    checkpointError {
      var file = try AtomicFile(replacing: path)
      try file.commit()
    }
  }

  @Test func namesThatAreNoFile() {
    for path in ["", folder.path + "/", ".", "..", folder.path + "/..", folder.path + "/a\0b"] {
      #expect(refusal(path) == .cannotCreate(path: path, reason: "this is no name for a file"))
    }
  }

  @Test func folderMissing() {
    let path = folder.path(of: "missing/x")
    #expect(refusal(path) == .cannotCreate(path: path, reason: "No such file or directory"))
  }

  @Test func folderIsAFile() throws {
    let path = try folder.write([1], as: "plain") + "/x"
    #expect(refusal(path) == .cannotCreate(path: path, reason: "Not a directory"))
  }

  @Test func folderInTheWay() throws {
    let path = folder.path(of: "taken")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let link = try folder.link("link", to: "taken")
    for path in [path, link] {
      #expect(refusal(path) == .cannotCreate(path: path, reason: "a folder has this name"))
    }
    #expect(folder.names == ["link", "taken"])
  }

  @Test func pipeInTheWay() throws {
    let path = folder.path(of: "pipe")
    #expect(unsafe mkfifo(path, 0o600) == 0)
    let link = try folder.link("link", to: "pipe")
    for path in [path, link] {
      #expect(refusal(path) == .cannotCreate(path: path, reason: "what has this name is no regular file"))
    }
    #expect(folder.names == ["link", "pipe"])
    var information = stat()
    #expect(unsafe lstat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFIFO)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "pipe")
  }

  /// What /dev/stdout is where it leads to a file.
  @Test func linkToAnOpenFileInTheWay() throws {
    let descriptor = unsafe open(try folder.write([1], as: "opened"), O_WRONLY)
    defer { close(descriptor) }
    let link = try folder.link("link", to: "/proc/self/fd/\(descriptor)")
    #if os(Linux)
      #expect(refusal(link) == .cannotCreate(path: link, reason: "this name stands for a file that is open"))
    #endif
    #expect(folder.names == ["link", "opened"])
  }

  /// A link is replaced; what it led to stays.
  @Test func linkIsReplaced() throws {
    _ = try folder.write([1], as: "old")
    for target in ["old", "nowhere"] {
      let name = "to-" + target
      try write("new", to: folder.link(name, to: target))
      #expect(try folder.bytes(of: name) == Array("new".utf8))
      #expect(throws: (any Error).self) {
        try FileManager.default.destinationOfSymbolicLink(atPath: folder.path(of: name))
      }
    }
    #expect(try folder.bytes(of: "old") == [1])
    #expect(folder.names == ["old", "to-nowhere", "to-old"])
  }

  /// Root may write everywhere, so this runs as another user where the tests run as root.
  @Test func folderWithoutPermission() async {
    await #expect(processExitsWith: .success) {
      if geteuid() == 0 {
        #expect(setgid(65534) == 0)
        #expect(setuid(65534) == 0)
      }
      let folder = try TemporaryFolder()
      let path = folder.path(of: "x")
      _ = try folder.write([1], as: "x")
      #expect(unsafe chmod(folder.path, 0o500) == 0)
      defer { unsafe _ = chmod(folder.path, 0o700) }
      #expect(
        checkpointError { _ = try AtomicFile(replacing: path) }
          == .cannotCreate(path: path, reason: "Permission denied"))
      #expect(try folder.bytes(of: "x") == [1])
    }
  }

  // MARK: - What fails half-way

  /// Where a file may not grow any more, the old one stays and the temporary one goes.
  @Test func noRoom() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let path = folder.path(of: "x")
      _ = try folder.write([1], as: "x")
      limitFileSize(to: 1000)
      let error = checkpointError {
        let file = try AtomicFile(replacing: path)
        for _ in 0..<4 { try unsafe file.append([UInt8](repeating: 2, count: 300).span.bytes) }
      }
      #expect(error == .ioFailed(path: path, reason: "File too large"))
      #expect(folder.names == ["x"])
      #expect(try folder.bytes(of: "x") == [1])
    }
  }

  #if os(Linux)
    /// A device on which there is never room.
    @Test func fullDisk() {
      let descriptor = unsafe open("/dev/full", O_WRONLY)
      #expect(descriptor >= 0)
      defer { close(descriptor) }
      let error = checkpointError {
        try unsafe AtomicFile.write([1, 2, 3].span.bytes, to: descriptor, at: nil, path: "x")
      }
      #expect(error == .ioFailed(path: "x", reason: "No space left on device"))
      #expect(error?.kind == .io)
    }
  #endif

  /// A process that is killed in the middle leaves the old file whole, and a leftover that is no checkpoint.
  @Test func killed() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "last.safetensors")
    try write("old", to: path)
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let file = try AtomicFile(replacing: path)
      try unsafe file.append(Array("new".utf8).span.bytes)
      kill(getpid(), SIGKILL)
    }
    #expect(try folder.bytes(of: "last.safetensors") == Array("old".utf8))
    let leftovers = folder.names.filter { $0 != "last.safetensors" }
    #expect(leftovers.count == 1)
    #expect(leftovers.allSatisfy { $0.hasPrefix(".last.safetensors.tmp-") && !$0.hasSuffix(".safetensors") })
    #expect(checkpointError { try SafetensorsReader(contentsOf: folder.path(of: leftovers[0])) } != nil)
  }
}
