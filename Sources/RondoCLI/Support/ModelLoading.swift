import Rondo
import RondoText

/// Loads a model to work with, and warns where its vocabulary is of another version of Unicode.
///
/// - Parameter isQuiet: whether to leave the warning out.
func loadModel(at path: String, isQuiet: Bool = false) throws -> LanguageModel {
  let model: LanguageModel
  do {
    model = try LanguageModel(contentsOf: path)
  } catch {
    guard case .notSafetensors = error, isTokenizerFile(path) else { throw error }
    throw Failure(
      "\(OneLine.quoted(path)) is a tokenizer and no model: look at it with 'rondo tokenize', or train with "
        + "--tokenizer \(Format.shell(path))", code: Failure.badData)
  }
  if !isQuiet { warnOfUnicode(model.tokenizer) }
  return model
}

/// Loads the tokenizer of a model, or of a `tokenizer.json`: any file whose name ends in .json.
func loadTokenizer(at path: String) throws -> Tokenizer {
  isTokenizerFile(path) ? try Tokenizer(huggingFace: path) : try loadModel(at: path).tokenizer
}

/// Whether a path names a `tokenizer.json`, and no model or kind of tokenizer.
func isTokenizerFile(_ path: String) -> Bool { path.lowercased().hasSuffix(".json") }

/// Warns of a run whose first step is still to come: what its model writes is noise.
func warnOfUntrained(_ model: LanguageModel, _ path: String) {
  guard let training = model.training, training.progress.step == 0 else { return }
  Console.error(
    "rondo: warning: \(Format.shell(path)) is at step 0 of \(Format.grouped(training.settings.steps)): "
      + "nothing is learned yet")
}

/// Names the entries that are one unit no longer, on one line of standard error.
private func warnOfUnicode(_ tokenizer: Tokenizer) {
  let then = tokenizer.unicodeVersions, now = UnicodeVersions.current
  let versions: [(String?, String?)] = [
    (then.clusters, now.clusters), (then.normalization, now.normalization),
    (then.words ?? now.words, now.words),
  ]
  guard case (let from?, let to?)? = versions.first(where: { $0 != $1 }) else { return }
  let gone = tokenizer.entriesNoLongerOneUnit
  guard !gone.isEmpty else { return }
  let entries = gone.count == 1 ? "entry of its vocabulary is" : "entries of its vocabulary are"
  Console.error(
    "rondo: warning: the model was made with Unicode \(OneLine.text(from)), here it is \(to): \(gone.count) \(entries) no longer "
      + "one unit: \(gone.prefix(5).joined(separator: " "))\(gone.count > 5 ? " …" : "")"
  )
}
