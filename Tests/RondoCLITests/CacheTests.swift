import Foundation
import Testing

/// `--cache`: what is trained is the same with it and without.
struct CacheTests {
  private func names(_ sandbox: Sandbox) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: sandbox.path + "/cache")) ?? []).sorted()
  }

  @Test func trainsTheSameWithItAndWithout() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let options = ["tale.txt", "--schedule", "constant", "--warmup", "1"] + Sandbox.tiny
    let plain = try sandbox.rondo(["train"] + options)
    #expect(plain.code == 0 && !plain.error.contains("cache"))
    var said: [String] = []
    for _ in 0..<2 {
      let outcome = try sandbox.rondo(["train", "--cache", "cache"] + options)
      #expect(outcome.code == 0)
      said += outcome.errorLines.filter { $0.contains("cache") }
    }
    let tokens = try #require(names(sandbox).last)
    #expect(
      said == [
        "cache: the tokens are kept in cache/\(tokens)", "cache: the tokens come from cache/\(tokens)",
      ])
    for run in ["tale", "tale-2", "tale-3"] {
      let resume = ["train", "--resume", "runs/" + run, "--steps", "30", "--sample-every", "0"]
      let outcome = try sandbox.rondo(resume + (run == "tale" ? [] : ["--cache", "cache"]))
      #expect(outcome.code == 0)
      #expect(outcome.error.contains("the tokens come from cache/") == (run != "tale"))
    }
    for run in ["tale-2", "tale-3"] {
      for name in ["last.safetensors", "best.safetensors", "metrics.jsonl"] {
        #expect(
          try sandbox.read("runs/tale/" + name) == sandbox.read("runs/\(run)/" + name), "\(run)/\(name)")
      }
    }
    #expect(names(sandbox).count == 2)
  }

  @Test func startsOverWhereItWasKilled() throws {
    let sandbox = try Sandbox()
    try sandbox.write("long.txt", String(repeating: Sandbox.tale, count: 10_000))
    let train =
      ["train", "long.txt", "--cache", "cache", "--tokenizer", "byte", "--steps", "1"] + Sandbox.size
    let program = try sandbox.start(train + ["--quiet"])
    let isWriting = program.wait {
      names(sandbox).contains {
        let path = sandbox.path + "/cache/" + $0
        return ((try? FileManager.default.attributesOfItem(atPath: path)[.size]) as? Int ?? 0) > 1 << 20
      }
    }
    #expect(isWriting, "\(program.error)")
    program.send(SIGKILL)
    #expect(program.end().code == -SIGKILL)
    #expect(names(sandbox).count == 1 && names(sandbox)[0].hasPrefix("."), "\(names(sandbox))")
    let again = try sandbox.rondo(train)
    #expect(again.code == 0)
    #expect(again.error.contains("cache: the tokens are kept in cache/"))
    #expect(names(sandbox).count == 2 && !names(sandbox)[0].hasPrefix("."), "\(names(sandbox))")
  }

  @Test func twoProcessesAtOnce() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", String(repeating: Sandbox.tale, count: 500))
    let train = ["train", "tale.txt", "--cache", "cache", "--quiet"] + Sandbox.tiny
    let programs = try [sandbox.start(train + ["--out", "one"]), sandbox.start(train + ["--out", "two"])]
    for program in programs { #expect(program.end().code == 0) }
    #expect(try sandbox.read("one/last.safetensors") == sandbox.read("two/last.safetensors"))
    #expect(names(sandbox).count == 2)
  }

  @Test func warnsOfADamagedFileAndGoesOn() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    let train = ["train", "tale.txt", "--cache", "cache"] + Sandbox.tiny
    #expect(try sandbox.rondo(train).code == 0)
    let tokens = "cache/" + (try #require(names(sandbox).last))
    var bytes = try sandbox.read(tokens)
    bytes[100] ^= 4
    try sandbox.write(tokens, bytes)
    let outcome = try sandbox.rondo(train)
    #expect(outcome.code == 0)
    #expect(
      outcome.errorLines.first
        == "rondo: warning: \(tokens) is damaged; nothing was taken from it, and it was removed")
    #expect(try sandbox.read("runs/tale/last.safetensors") == sandbox.read("runs/tale-2/last.safetensors"))
  }

  @Test func leavesNothingWhereThereIsNoRoom() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", String(repeating: Sandbox.tale, count: 500))
    expectFailure(
      try sandbox.shell(
        #"ulimit -f 1024; exec "$RONDO" train tale.txt --cache cache --quiet "$@""#,
        Sandbox.tiny), 74,
      "the cache in 'cache' failed: File too large; name another folder, or leave --cache out")
    #expect(names(sandbox).isEmpty)
  }

  @Test func refusesWhatIsNoFolder() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tale.txt", Sandbox.tale)
    expectFailure(
      try sandbox.rondo(["train", "tale.txt", "--cache", "tale.txt"] + Sandbox.tiny), 74,
      "the cache in 'tale.txt' failed: the folder cannot be made; name another folder, or leave --cache out")
    expectFailure(
      try sandbox.rondo(["train", "tale.txt", "--cache", ""] + Sandbox.tiny), 64,
      "--cache needs the name of a folder")
    #expect(!sandbox.exists("runs"))
  }
}
