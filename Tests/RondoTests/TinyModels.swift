import RondoNN
import RondoText
import TestSupport

@testable import Rondo

/// Words in an order that is the same in every run: text with something to learn and no end of it.
func words(_ count: Int, seed: UInt64 = 1, perLine: Int = 6) -> String {
  let all = ["the", "fox", "crow", "and", "saw", "a", "cheese", "river", "sat", "by", "old", "lion"]
  var generator = SeededGenerator(seed: seed)
  var text = ""
  for number in 1...count {
    text += all[Int.random(in: 0..<all.count, using: &generator)] + (number % perLine == 0 ? "\n" : " ")
  }
  return text
}

/// A text as training data.
func trainingData(
  _ texts: String..., kind: TokenizerKind = .character, validation: String? = nil, fraction: Double = 0.1
) throws -> TrainingData {
  try TrainingData(
    Corpus(texts: texts.map { (name: "text.txt", text: $0) }),
    validation: validation.map { Corpus(texts: [(name: "held.txt", text: $0)]) },
    tokenizer: .built(TokenizerSettings(kind: kind, normalizer: Normalizer())), validationFraction: fraction)
}

/// Sizes at which no vector is full and no window divides the text.
func tinySizes(
  dropout: Double = 0, tied: Bool = false, cell: ModelConfiguration.Cell = .lstm, lastHiddenSize: Int? = nil
) -> ModelConfiguration {
  ModelConfiguration(
    cell: cell, layerCount: 2, hiddenSize: 20, lastHiddenSize: lastHiddenSize, embeddingSize: tied ? 20 : 12,
    tied: tied, inputDropout: dropout, dropout: dropout, outputDropout: dropout)
}

/// A model of random parameters with a text's tokenizer. Nothing is known of its training, so it begins after the
/// boundary, as scoring does.
///
/// - Parameter specialBias: what makes special tokens rare, or all there is.
func randomModel(
  _ text: String = words(300), kind: TokenizerKind = .character, seed: UInt64 = 1, specialBias: Float = -20,
  training: TrainingRecord? = nil, cell: ModelConfiguration.Cell = .lstm, lastHiddenSize: Int? = nil
) throws -> LanguageModel {
  let tokenizer = try Tokenizer.build(
    TokenizerSettings(kind: kind, normalizer: Normalizer()), from: [Array(text.utf8)])
  let sizes = tinySizes(cell: cell, lastHiddenSize: lastHiddenSize)
  let parameters = ParameterStore(sizes.network(vocabularySize: tokenizer.vocabularySize))
  parameters.initialize(seed: seed, tied: sizes.tied)
  // Sharper than at the start of training, so that a wrong token is a wrong score.
  for index in 0..<parameters.values.count { parameters.values[index] *= 3 }
  for special in tokenizer.vocabulary.specials {
    if let id = tokenizer.vocabulary.id(of: special) { parameters["decoder.bias"][Int(id)] = specialBias }
  }
  return LanguageModel(
    configuration: sizes, tokenizer: tokenizer, training: training, parameters: parameters)
}

extension LanguageModel {
  /// What a token is called in a list.
  func text(of id: UInt32) -> String {
    ModelReader.Continuation(tokenizer.vocabulary.entries[Int(id)].token, id: id, probability: 1).text
  }

  /// All values of all parameters, by name.
  var tensors: [String: [Float]] {
    Dictionary(uniqueKeysWithValues: parameters.slices.map { ($0.name, parameters.values[$0.range].array) })
  }
}

/// All tensors of a checkpoint, by name: parameters, optimizer and state.
func tensors(at path: String) throws -> [String: [Float]] {
  let file = try SafetensorsReader(contentsOf: path)
  return try Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, try file.floats($0.name)) })
}

/// The error of one type that `body` throws, or nil.
func thrown<Failure: Error, Result>(_ type: Failure.Type, by body: () throws -> Result) -> Failure? {
  do { _ = try body() } catch { return error as? Failure }
  return nil
}
