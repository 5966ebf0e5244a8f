import ArgumentParser

/// What is around each layer.
struct LayerOptions: ParsableArguments {
  @Flag(name: .long, help: "Each layer above the first adds the output of the layer below to its own.")
  var residual = false
  @Flag(
    name: .long,
    help: "Layer normalization of what enters the gates, and of what an LSTM shows of its cell state.")
  var layerNorm = false
}
