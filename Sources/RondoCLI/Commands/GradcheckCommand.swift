import ArgumentParser
import Rondo
import RondoReference

struct GradcheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradcheck",
    abstract: "Compare the kernels' gradients with the textbook's, tensor by tensor.",
    discussion: """
      A small random model is run forward and backward twice: by the program's kernels in single precision, and by the \
      plain reference in double precision, whose own gradients are compared with finite differences.
      """)

  @Option(name: .long, help: "The recurrent cell.") var cell = ModelConfiguration.Cell.lstm
  @Option(name: .long, parsing: .unconditional, help: "Rounds of a mogrifier; 5 if not given.")
  var mogrifierRounds: Int?
  @Option(name: .long, parsing: .unconditional, help: "The rank of its matrices; full if not given.")
  var mogrifierRank: Int?
  @Option(name: .long, parsing: .unconditional, help: "Layers.") var layers = 2
  @Option(name: .long, parsing: .unconditional, help: "Units of a layer.") var hiddenSize = 20
  @Option(
    name: .long, parsing: .unconditional,
    help: "Units of the last layer; as many as the others have if not given.")
  var lastHiddenSize: Int?
  @Option(name: .long, parsing: .unconditional, help: "Length of an embedding.") var embeddingSize = 12
  @Option(name: .long, parsing: .unconditional, help: "Seed.") var seed: UInt64 = 1
  @Flag(
    name: .long,
    help:
      "One weight for encoder and decoder; without --projection the embedding then has the last layer's size."
  )
  var tied = false
  @Flag(name: .long, help: "Bring the last layer's output to the length of an embedding before the decoder.")
  var projection = false
  @OptionGroup var around: LayerOptions
  @Option(
    name: .long,
    help: ArgumentHelp(
      "An adaptive softmax of the 17 entries: the first of each cluster, such as 4,9.", valueName: "entries"))
  var cutoffs: CutoffsArgument?

  private static let tolerance = 1e-4
  private static let differenceTolerance = 1e-6

  func run() throws {
    let model = ModelConfiguration(
      cell: cell, mogrifierRounds: mogrifierRounds, mogrifierRank: mogrifierRank, layerCount: layers,
      hiddenSize: hiddenSize, lastHiddenSize: lastHiddenSize,
      embeddingSize: tied && !projection ? lastHiddenSize ?? hiddenSize : embeddingSize, tied: tied,
      projection: projection, residual: around.residual, layerNorm: around.layerNorm,
      cutoffs: cutoffs?.values ?? [])
    try model.validate(vocabularySize: 17)
    guard let referenceCell = ReferenceCellKind(rawValue: cell.rawValue) else {
      preconditionFailure("the reference has each cell")
    }
    let probe = try GradientProbe(model, vocabularySize: 17, steps: 6, batch: 3, seed: seed)
    let configuration = ReferenceConfiguration(
      vocabularySize: 17, embeddingSize: model.embeddingSize, hiddenSize: model.hiddenSize,
      lastHiddenSize: model.lastHiddenSize, layerCount: model.layerCount, cell: referenceCell, tied: tied,
      projection: projection, cutoffs: cutoffs?.values ?? [], residual: around.residual,
      layerNorm: around.layerNorm,
      mogrifierRounds: model.rounds, mogrifierRank: mogrifierRank)
    let reference = ReferenceModel<Double>(
      configuration: configuration, values: probe.parameters.mapValues { $0.map(Double.init) })
    let (loss, gradients, _) = reference.lossAndGradients(inputs: probe.inputs, targets: probe.targets)
    // A normalization divides by what is small in a small layer, so the loss bends more.
    let differences = GradientCheck.run(
      model: reference, inputs: probe.inputs, targets: probe.targets, step: around.layerNorm ? 2e-4 : 1e-3)

    Console.print("loss        kernels \(probe.loss), reference \(loss)")
    Console.print(
      "largest difference relative to the largest gradient of the tensor: kernels / finite differences")
    var isRight = abs(probe.loss - loss) <= Self.tolerance * abs(loss)
    for comparison in differences {
      guard let values = probe.gradients[comparison.name], let expected = gradients[comparison.name] else {
        continue
      }
      let kernels = GradientCheck.compare(
        name: comparison.name, values: values.map(Double.init), reference: expected.elements)
      let passes =
        kernels.relativeDifference <= Self.tolerance
        && comparison.relativeDifference <= Self.differenceTolerance
      isRight = isRight && passes
      let name = comparison.name + String(repeating: " ", count: max(0, 25 - comparison.name.count))
      Console.print(
        "\(passes ? "ok   " : "WRONG") \(name) \(scientific(kernels.relativeDifference)) / "
          + "\(scientific(comparison.relativeDifference))")
    }
    guard isRight else { throw Failure("gradients differ by more than they should", code: Failure.software) }
  }

  private func scientific(_ value: Double) -> String {
    guard value > 0, value.isFinite else { return "\(value)" }
    var mantissa = value, exponent = 0
    while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    return "\(Format.fixed(mantissa, 1))e\(exponent)"
  }
}
