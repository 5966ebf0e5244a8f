import RondoNN
import RondoText
import Testing

@testable import Rondo

struct CheckpointTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path(of: "model.safetensors") }

  init() throws { folder = try TemporaryFolder() }

  private func trained(steps: Int = 3, threads: Int = 1, lastHiddenSize: Int? = nil) throws -> Trainer {
    let plan = TrainingPlan(
      model: tinySizes(dropout: 0.25, lastHiddenSize: lastHiddenSize),
      settings: TrainingSettings(batchSize: 3, windowLength: 8, steps: 50, optimizer: .adamw, seed: 3))
    let trainer = try Trainer(plan: plan, data: trainingData(words(200)), threadCount: threads)
    trainer.command = "rondo train text.txt --seed 3"
    for _ in 0..<steps { try trainer.step() }
    return trainer
  }

  // MARK: - A model

  @Test func modelComesBackAsItWas() throws {
    let model = try trained().model
    try model.save(to: path)
    let loaded = try LanguageModel(contentsOf: path)
    #expect(loaded.configuration == model.configuration)
    #expect(loaded.tokenizer == model.tokenizer)
    #expect(loaded.tensors == model.tensors)
    #expect(loaded.training == model.training)
    #expect(loaded.training?.command == "rondo train text.txt --seed 3")
    #expect(loaded.training?.progress.step == 3)
    #expect(loaded.training?.corpus == ["text.txt"])
    let first = try folder.bytes(of: "model.safetensors")
    try loaded.save(to: path)
    #expect(try folder.bytes(of: "model.safetensors") == first)
  }

  @Test func tiedWeightIsStoredOnce() throws {
    let tokenizer = try Tokenizer.build(
      TokenizerSettings(kind: .byte, normalizer: Normalizer()), from: [Array("abc".utf8)])
    let sizes = tinySizes(tied: true)
    let parameters = ParameterStore(sizes.network(vocabularySize: tokenizer.vocabularySize))
    parameters.initialize(seed: 1, tied: true)
    let model = LanguageModel(
      configuration: sizes, tokenizer: tokenizer, training: nil, parameters: parameters)
    try model.save(to: path)
    let loaded = try LanguageModel(contentsOf: path)
    #expect(loaded.tensors == model.tensors)
    #expect(loaded.training == nil)
    #expect(
      try LanguageModel.tensors(at: path).map(\.name).filter { $0.hasSuffix("r.weight") } == [
        "encoder.weight"
      ])
  }

  @Test func tensorsAreListed() throws {
    let model = try randomModel("abab")
    try model.save(to: path, precision: .bf16)
    let listed = try LanguageModel.tensors(at: path)
    #expect(listed.map(\.name) == model.parameters.slices.map(\.name))
    #expect(listed.map(\.shape) == model.parameters.slices.map(\.shape))
    #expect(listed.allSatisfy { $0.dtype == "BF16" })
  }

  @Test(arguments: [(Precision.f16, 11), (.bf16, 8)])
  func halfPrecisionRounds(_ precision: Precision, _ significantBits: Int) throws {
    let model = try randomModel()
    try model.save(to: path, precision: precision)
    let loaded = try LanguageModel(contentsOf: path)
    var changed = 0
    for (name, values) in model.tensors {
      let rounded = try #require(loaded.tensors[name])
      for (value, rounded) in zip(values, rounded) {
        // Nearest: half a unit in the last place, or of the smallest number the type has.
        let unit = Float(sign: .plus, exponent: max(value.exponent, -14) - significantBits, significand: 1)
        #expect(abs(value - rounded) <= unit, "\(name)")
        if value != rounded { changed += 1 }
      }
    }
    #expect(changed > model.parameterCount / 4)
    // What is rounded already comes back as it was.
    try loaded.save(to: path, precision: precision)
    #expect(try LanguageModel(contentsOf: path).tensors == loaded.tensors)
  }

  @Test func precisionsHaveTheirSizes() throws {
    let model = try randomModel()
    var sizes: [Int] = []
    for precision in Precision.allCases {
      try model.save(to: path, precision: precision)
      sizes.append(try folder.bytes(of: "model.safetensors").count)
    }
    #expect(sizes[0] - sizes[1] > model.parameterCount * 2 - 100)
    #expect(abs(sizes[1] - sizes[2]) < 100)
  }

  // MARK: - Resuming

  @Test func everythingThatResumingNeeds() throws {
    let trainer = try trained()
    try trainer.save(to: path)
    let checkpoint = try Checkpoint(resumingFrom: path)
    let resumption = try #require(checkpoint.resumption)
    #expect(resumption.optimizer.step == 3)
    #expect(resumption.optimizer.betaPowers.0 == Double(Float(0.9)) * Double(Float(0.9)) * Double(Float(0.9)))
    #expect(resumption.streams.count == 3)
    #expect(resumption.streams.allSatisfy { $0.count == 2 * 2 * 20 })
    #expect(Set(resumption.streams.map { $0.map(\.bitPattern) }).count == 3, "each stream has its own state")
    #expect(resumption.optimizer.moments.allSatisfy { $0.array.contains { $0 != 0 } })
    try checkpoint.write(to: folder.path(of: "copy"))
    #expect(try folder.bytes(of: "copy") == folder.bytes(of: "model.safetensors"))
  }

  /// Layers of two sizes make no box: h and c of one, then of the other, are a list for each stream.
  @Test func statesOfLayersOfTwoSizes() throws {
    let trainer = try trained(lastHiddenSize: 7)
    try trainer.save(to: path)
    let file = try SafetensorsReader(contentsOf: path)
    #expect(file.tensors.first { $0.name == "state.streams" }?.shape == [3, 2 * (20 + 7)])
    let checkpoint = try Checkpoint(resumingFrom: path)
    let streams = try #require(checkpoint.resumption?.streams)
    #expect(streams == trainer.checkpointToResume.resumption?.streams)
    #expect(streams.count == 3 && streams.allSatisfy { $0.count == 54 && !$0.contains(0) })
    try checkpoint.write(to: folder.path(of: "copy"))
    #expect(try folder.bytes(of: "copy") == folder.bytes(of: "model.safetensors"))

    var tensors = try file.tensors.map {
      TensorToWrite(name: $0.name, shape: $0.shape, values: try file.floats($0.name))
    }
    let index = try #require(tensors.firstIndex { $0.name == "state.streams" })
    let box = TensorToWrite(name: "state.streams", shape: [3, 2, 27], values: tensors[index].values)
    tensors[index] = box
    let metadata = file.metadata.filter { !SafetensorsWriter.reservedKeys.contains($0.key) }
    try SafetensorsWriter.write(to: path, metadata: metadata, tensors: tensors)
    #expect(
      checkpointError { try Checkpoint(resumingFrom: path) }
        == .tensorShape(path: path, name: "state.streams", expected: [3, 54], found: [3, 2, 27]))
  }

  @Test func modelAloneCannotBeResumed() throws {
    try trained().model.save(to: path)
    #expect(
      checkpointError { try Checkpoint(resumingFrom: path) }
        == .tensorMissing(path: path, name: "optimizer.first_moment.encoder.weight"))
    try randomModel().save(to: path)
    #expect(
      checkpointError { try Checkpoint(resumingFrom: path) }
        == .notRondo(path: path, reason: "it was not saved by training, so it cannot be resumed"))
  }

  @Test func impossibleSettingsAreRefused() throws {
    let changes: [(inout TrainingSettings) -> Void] = [
      { $0.batchSize = 0 }, { $0.batchSize = -1 }, { $0.windowLength = 0 },
      { $0.schedule = .step(every: 0, factor: 0.5) },
    ]
    for change in changes {
      try trained().save(to: path)
      var checkpoint = try Checkpoint(resumingFrom: path)
      var record = try #require(checkpoint.training)
      change(&record.settings)
      checkpoint.training = record
      try checkpoint.write(to: path)
      guard
        case .notRondo(_, let reason) = checkpointError({
          try Checkpoint(resumingFrom: path)
        })
      else {
        Issue.record("not refused")
        continue
      }
      #expect(reason.contains("it must be at least 1"))
    }
  }

  /// Also where only the model is wanted: they are shown, and counted with.
  @Test(arguments: [
    (#""batch_size":3"#, #""batch_size":0"#, "batch-size is 0: it must be at least 1"),
    (#""validation_fraction":0.1"#, #""validation_fraction":1.5"#, "validation-fraction is 1.5: it must be"),
    (#""epoch":0"#, #""epoch":9223372036854775807"#, "epoch is 9223372036854775807: it must be at most"),
    (#""step":3"#, #""step":-1"#, "step is -1: it must be at least 0"),
    (
      #""loss_count":3"#, #""loss_count":9223372036854775807"#,
      "loss_count is 9223372036854775807: it must be at most"
    ),
  ])
  func numbersOfTrainingThatCannotBe(_ old: String, _ new: String, _ reason: String) throws {
    try trained().model.save(to: path)
    let file = try SafetensorsReader(contentsOf: path)
    var metadata = file.metadata.filter { !SafetensorsWriter.reservedKeys.contains($0.key) }
    let training = try #require(metadata["training"])
    #expect(training.contains(old))
    metadata["training"] = training.replacing(old, with: new)
    let tensors = try file.tensors.map {
      TensorToWrite(name: $0.name, shape: $0.shape, values: try file.floats($0.name))
    }
    try SafetensorsWriter.write(to: path, metadata: metadata, tensors: tensors)
    let description = try #require(refusal()).description
    #expect(description.contains("not a checkpoint of Rondo"))
    #expect(description.contains(reason), "\(description)")
  }

  // MARK: - What is refused

  /// A sound file whose metadata and tensors have been changed.
  private func rewrite(
    _ metadata: (inout [String: String]) -> Void = { _ in },
    _ tensors: (inout [TensorToWrite]) -> Void = { _ in }
  ) throws {
    try randomModel("abab").save(to: path)
    let file = try SafetensorsReader(contentsOf: path)
    var newMetadata = file.metadata.filter { !SafetensorsWriter.reservedKeys.contains($0.key) }
    var newTensors = try file.tensors.map {
      TensorToWrite(name: $0.name, shape: $0.shape, values: try file.floats($0.name))
    }
    metadata(&newMetadata)
    tensors(&newTensors)
    try SafetensorsWriter.write(to: path, metadata: newMetadata, tensors: newTensors)
  }

  private func refusal() -> CheckpointError? {
    checkpointError { try LanguageModel(contentsOf: path) }
  }

  @Test(arguments: ["model", "tokenizer"])
  func missingMetadata(_ key: String) throws {
    try rewrite({ $0[key] = nil })
    #expect(refusal() == .notRondo(path: path, reason: "its metadata has no '\(key)'"))
  }

  @Test(arguments: [
    ("model", "", "cannot be understood"), ("model", "{", "cannot be understood"),
    ("model", "{}", "'cell' is missing"), ("model", "[1]", "cannot be understood"),
    (
      "model",
      #"{"cell":"gated","dropout":0,"dropout_input":0,"dropout_output":0,"embedding_size":12,"hidden_size":20,"layers":2,"tied":false}"#,
      "'cell' has the wrong form"
    ),
    (
      "model",
      #"{"cell":"lstm","dropout":0,"dropout_input":0,"dropout_output":0,"embedding_size":12,"hidden_size":"20","layers":2,"tied":false}"#,
      "'hidden_size' has the wrong form"
    ),
    (
      "model",
      #"{"cell":"lstm","dropout":0,"dropout_input":0,"dropout_output":0,"embedding_size":12,"hidden_size":20,"layers":0,"tied":false}"#,
      "layers is 0: it must be at least 1"
    ),
    ("tokenizer", "{}", "'tokenizer' cannot be understood"),
    (
      "tokenizer",
      #"{"kind":"character","normalizer":{"folds_case":false,"form":"nfc"},"unicode_versions":{"clusters":"14.0.0","#
        + #""normalization":"14.0.0"},"vocabulary":[{"count":0,"special":"<unk>"},{"count":0,"special":"<boundary>"},"#
        + #"{"bytes":[255,254],"count":1}]}"#,
      "entry 2 of the vocabulary is not UTF-8"
    ),
    ("training", "{}", "'training' cannot be understood"),
    ("training", "null", "'training' cannot be understood"),
  ])
  func wrongMetadata(_ key: String, _ json: String, _ reason: String) throws {
    try rewrite({ $0[key] = json })
    let description = try #require(refusal()).description
    #expect(description.contains("not a checkpoint of Rondo"))
    #expect(description.contains(reason))
  }

  @Test func missingTensor() throws {
    try rewrite({ _ in }, { $0.removeAll { $0.name == "rnn.bias_hh_l1" } })
    #expect(refusal() == .tensorMissing(path: path, name: "rnn.bias_hh_l1"))
  }

  /// Larger sizes are refused for what the file has, before any memory is taken for them.
  @Test(arguments: [
    (12, 24, 2, "rnn.weight_ih_l0", [96, 12], [80, 12]),
    (13, 20, 2, "encoder.weight", [4, 13], [4, 12]),
    (12, 16384, 64, "rnn.weight_ih_l0", [65536, 12], [80, 12]),
  ])
  func sizesThatTheTensorsDoNotHave(
    _ embedding: Int, _ hidden: Int, _ layers: Int, _ name: String, _ expected: [Int], _ found: [Int]
  ) throws {
    let sizes = ModelConfiguration(layerCount: layers, hiddenSize: hidden, embeddingSize: embedding)
    try rewrite({ $0["model"] = JSONText.encode(sizes) })
    #expect(refusal() == .tensorShape(path: path, name: name, expected: expected, found: found))
  }

  @Test func moreLayersThanTensors() throws {
    var sizes = tinySizes()
    sizes.layerCount = 3
    try rewrite({ $0["model"] = JSONText.encode(sizes) })
    #expect(refusal() == .tensorMissing(path: path, name: "rnn.weight_ih_l2"))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func whatIsNoNumberIsNotSaved(_ value: Float) throws {
    let model = try randomModel()
    try model.save(to: path)
    let before = try folder.bytes(of: "model.safetensors")
    let slice = model.parameters.slice("rnn.weight_hh_l1")
    model.parameters.values[slice.offset + 7] = value
    #expect(checkpointError { try model.save(to: path) } == .nonFinite(tensor: "rnn.weight_hh_l1"))
    #expect(try folder.bytes(of: "model.safetensors") == before)
    #expect(folder.names == ["model.safetensors"])
  }

  @Test func valueTooLargeForHalfPrecisionIsNotSaved() throws {
    let model = try randomModel()
    model.parameters["decoder.bias"][0] = 70000
    #expect(
      checkpointError { try model.save(to: path, precision: .f16) }
        == .outOfRange(tensor: "decoder.bias", dtype: "F16"))
    try model.save(to: path, precision: .bf16)
  }

  @Test func missingFolder() throws {
    let path = folder.path(of: "no/model.safetensors")
    guard case .cannotCreate(path, _) = checkpointError({ try randomModel().save(to: path) }) else {
      Issue.record("saved")
      return
    }
  }
}
