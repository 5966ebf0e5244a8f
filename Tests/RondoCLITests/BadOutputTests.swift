import Foundation
import Testing

/// Places that cannot be written to, and training that comes to nothing.
struct BadOutputTests {
  @Test func refusesAFolderThatIsNotEmpty() throws {
    let sandbox = try Sandbox.trained()
    expectFailure(
      try sandbox.rondo(["train", "tale.txt", "--out", "runs/tale"] + Sandbox.tiny), 73,
      "'runs/tale': cannot be created: the folder is not empty; choose another place")
    expectFailure(
      try sandbox.rondo(["train", "tale.txt", "--out", "tale.txt"] + Sandbox.tiny), 73,
      "'tale.txt': cannot be created: a file has this name; choose another place")
    // Before the text is looked for, which may take long to read.
    for out in ["runs/tale", "tale.txt"] {
      #expect(try sandbox.rondo("train", "nowhere.txt", "--out", out).code == 73)
    }
  }

  @Test func refusesAFolderItMayNotWriteTo() throws {
    let sandbox = try Sandbox.trained()
    try FileManager.default.createDirectory(
      atPath: sandbox.path + "/shelf", withIntermediateDirectories: false)
    // A run that is not over.
    let stopped = try sandbox.shell(
      #""$RONDO" train tale.txt --out runs/open --steps 100000000 --validate-every 0 --json "$@" | head -1; true"#,
      Sandbox.size)
    #expect(stopped.code == 0)
    try sandbox.setPermissions("shelf", 0o555)
    try sandbox.setPermissions("runs/open", 0o555)
    defer { try? sandbox.setPermissions("runs/open", 0o755) }
    expectFailure(
      try sandbox.rondoWithoutPrivileges("train", "tale.txt", "--steps", "1", "--out", "shelf/run"), 73,
      "'shelf/run': cannot be created: Permission denied; choose another place")
    expectFailure(
      try sandbox.rondoWithoutPrivileges("train", "tale.txt", "--steps", "1", "--out", "shelf"), 73,
      "'shelf/run.json': cannot be created: Permission denied; choose another place")
    expectFailure(
      try sandbox.rondoWithoutPrivileges("export", "runs/tale", "-o", "shelf/tale.safetensors"), 73,
      "'shelf/tale.safetensors': cannot be created: Permission denied; choose another place")
    expectFailure(
      try sandbox.rondoWithoutPrivileges("train", "--resume", "runs/open"), 73,
      "'runs/open/metrics.jsonl': cannot be created: Permission denied; choose another place")
  }

  @Test func writesNoModelToStandardOutput() throws {
    let sandbox = try Sandbox.trained()
    expectFailure(
      try sandbox.rondo("export", "runs/tale", "-o", "-"), 64,
      "a model is not written to standard output: give -o the name of a file")
    #expect(!sandbox.exists("-"))
  }

  @Test func replacesNoPipe() throws {
    let sandbox = try Sandbox.trained()
    let outcome = try sandbox.shell(
      #"mkfifo pipe; "$RONDO" export runs/tale -o pipe; code=$?; test -p pipe && exit $code"#)
    expectFailure(
      outcome, 73,
      "'pipe': cannot be created: what has this name is no regular file; choose another place")
  }

  private static let options =
    Sandbox.size + ["--steps", "200", "--validate-every", "10", "--sample-every", "0"]

  @Test func saysThatAFileMayNotGrow() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try sandbox.shell(
      #"ulimit -f 8; exec "$RONDO" train tale.txt --quiet "$@""#, Self.options)
    expectFailure(
      outcome, 74,
      "'runs/tale/last.safetensors': reading or writing failed: File too large; check the disk and try again")
    #expect(try sandbox.names("runs") == [], "no folder without a checkpoint")
  }

  @Test func saysThatThereIsNoRoomForALargeText() throws {
    let sandbox = try Sandbox()
    expectFailure(
      try sandbox.shell(#"TMPDIR=nowhere "$RONDO" train - --quiet < /dev/zero"#), 74,
      "a temporary file in 'nowhere' failed: No such file or directory; make room there, or name another folder in TMPDIR"
    )
  }

  @Test func saysThatAFileMayNotGrowForALargeText() throws {
    let sandbox = try Sandbox()
    expectFailure(
      try sandbox.shell(#"ulimit -f 8; TMPDIR=. exec "$RONDO" train - --quiet < /dev/zero"#),
      74,
      "a temporary file in '.' failed: File too large; make room there, or name another folder in TMPDIR")
    #expect(try sandbox.names(".") == [], "nothing is left behind")
  }

  /// Whether a file system of 64 KiB can be mounted where nobody else sees it.
  private static let canMount: Bool = {
    #if os(Linux)
      let script = "mount -t tmpfs -o size=64k none /mnt"
      let arguments = ["/usr/bin/unshare", "-m", "/bin/bash", "-c", script]
      return (try? RunningProgram(arguments, in: "/").end().code) == 0
    #else
      return false
    #endif
  }()

  @Test(.enabled(if: canMount, "no small file system can be mounted; saysThatAFileMayNotGrow stands in"))
  func saysThatTheDiskIsFull() throws {
    let sandbox = try Sandbox.trained()
    // The first checkpoint fits, its successor beside it does not.
    let script = #"""
      mkdir disk && mount -t tmpfs -o size=64k none disk && "$RONDO" train tale.txt --quiet --out disk/run "$@"
      code=$?
      "$RONDO" inspect disk/run/last.safetensors --json > /dev/null && ls -A disk/run
      exit $code
      """#
    let outcome = try RunningProgram(
      ["/usr/bin/unshare", "-m", "/bin/bash", "-c", script, "bash"] + Self.options, in: sandbox.path,
      environment: ["RONDO": Program.path]
    ).end()
    #expect(outcome.code == 74)
    #expect(
      outcome.error.wholeMatch(
        of:
          #/rondo: 'disk\/run\/last\.safetensors': reading or writing failed: No space left on device; check the disk and try again\n/#
      ) != nil, "\(outcome.error)")
    #expect(
      outcome.outputLines.allSatisfy { !$0.hasPrefix(".") }, "no temporary file stays: \(outcome.output)")
    #expect(outcome.outputLines.contains("last.safetensors"))
  }

  @Test func saysThatStandardOutputIsFull() throws {
    let sandbox = try Sandbox.trained()
    for command in ["generate runs/tale --seed 1", "--help", "train --help", "help train", "--version", ""] {
      for (redirection, reason) in [
        ("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor"),
      ] {
        let outcome = try sandbox.shell("\"$RONDO\" \(command) \(redirection)")
        expectFailure(outcome, 74, "standard output cannot be written: \(reason); check where it goes")
      }
    }
  }

  @Test func savesWhenStandardOutputIsFull() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try sandbox.shell(
      #""$RONDO" train tale.txt --json --steps 100000000 --validate-every 0 "$@" > /dev/full"#, Sandbox.size)
    expectFailure(
      outcome, 74, "standard output cannot be written: No space left on device; check where it goes")
    #expect(outcome.errorLines.contains { $0.contains("saved. Go on with: rondo train --resume runs/tale") })
    let report = try objects(sandbox.rondo("inspect", "runs/tale/last.safetensors", "--json").outputLines)
    let progress = (report.first?["training"] as? [String: Any])?["progress"] as? [String: Any]
    #expect(progress?["step"] as? Int != 0)
  }

  @Test func endsQuietlyWhenTheReaderHasEnough() throws {
    let outcome = try Sandbox.trained().shell(
      #""$RONDO" generate runs/tale --seed 1 --length 100000 | head -c 10; exit ${PIPESTATUS[1]}"#)
    #expect(outcome.code == 0)
    #expect(outcome.error == "")
    #expect(outcome.outputBytes.count == 10)
  }

  @Test func trainsOnWhereNobodyCanBeTold() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try sandbox.shell(
      #""$RONDO" train tale.txt "$@" 2>&- && "$RONDO" train tale.txt "$@" <&- >&- 2> /dev/full"#, Sandbox.tiny
    )
    #expect(outcome.code == 0)
    #expect(outcome.output + outcome.error == "")
    for name in ["last.safetensors", "best.safetensors", "metrics.jsonl"] {
      #expect(try sandbox.read("runs/tale/" + name) == sandbox.read("runs/tale-2/" + name))
    }
  }

  @Test(arguments: [
    ["--learning-rate", "1e38", "--weight-decay", "1"],
    [
      "--optimizer", "sgd", "--learning-rate", "1e30", "--clip", "0", "--momentum", "0", "--weight-decay",
      "1",
    ],
    [
      "--optimizer", "sgd", "--learning-rate", "1e12", "--clip", "0", "--schedule", "constant",
      "--weight-decay", "1",
    ],
  ])
  func saysThatTheLossBecameNaN(_ options: [String]) throws {
    for every in ["1", "7"] {
      let sandbox = try Sandbox()
      try sandbox.write("tale.txt", Sandbox.tale)
      let outcome = try sandbox.rondo(
        ["train", "tale.txt", "--quiet", "--steps", "60", "--sample-every", "0", "--validate-every", every]
          + Sandbox.size + options)
      #expect(outcome.code == 70)
      #expect(outcome.output == "")
      #expect(outcome.errorLines.count == 1)
      let match = outcome.error.wholeMatch(
        of:
          #/rondo: the loss became NaN or infinite at step [0-9]+: start again with a lower --learning-rate \(it was [-+.0-9e]+\) or (.*); what was saved before is kept\n/#
      )
      #expect(
        match?.output.1 == (options.contains("--clip") ? "without --clip 0" : "a lower --clip"),
        "\(outcome.error)")
      #expect(sandbox.exists("runs/tale/last.safetensors"))
      for name in ["best", "last"] where sandbox.exists("runs/tale/\(name).safetensors") {
        #expect(
          try sandbox.rondo("evaluate", "runs/tale/\(name).safetensors", "tale.txt", "--json").code == 0)
      }
    }
  }

  @Test func keepsTheLastGoodCheckpoint() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let outcome = try sandbox.rondo(
      ["train", "tale.txt", "--quiet", "--steps", "500", "--sample-every", "0", "--validate-every", "1"]
        + Sandbox.size + [
          "--optimizer", "sgd", "--learning-rate", "1e10", "--clip", "0", "--weight-decay", "1", "--schedule",
          "constant",
          "--warmup", "400",
        ])
    #expect(outcome.code == 70)
    #expect(try sandbox.rondo("generate", "runs/tale", "--length", "5").code == 0)
    #expect(try sandbox.rondo("inspect", "runs/tale/last.safetensors").code == 0)
  }
}
