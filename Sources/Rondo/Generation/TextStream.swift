import RondoText

/// Text as it is made: pieces of whole characters. Ends early when its task is cancelled.
public struct TextStream: AsyncSequence, Sendable {
  let model: LanguageModel
  let prompt: String
  let state: RecurrentState?
  let settings: GenerationSettings

  /// Begins to generate with the first call of `next`.
  public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

  /// Makes the text, a token at a time.
  public struct Iterator: AsyncIteratorProtocol {
    let stream: TextStream
    private var generator: TextGenerator?

    init(stream: TextStream) { self.stream = stream }

    /// The next piece of text.
    ///
    /// - Throws: `TextError`, `ConfigurationError`, `SamplerError`, `ThreadError`.
    public mutating func next() async throws -> String? {
      let generator =
        try self.generator
        ?? TextGenerator(stream.model, prompt: stream.prompt, from: stream.state, settings: stream.settings)
      self.generator = generator
      while !Task.isCancelled, let piece = try generator.next()?.first {
        if !piece.text.isEmpty { return piece.text }
      }
      return nil
    }
  }
}

extension LanguageModel {
  /// Generates text after a prompt, which is not repeated.
  ///
  /// - Parameters:
  ///   - state: what has been read before the prompt (`ModelReader.state`); nil: nothing.
  ///   - settings: how; `count` is taken as 1.
  public func generate(
    prompt: String = "", from state: RecurrentState? = nil,
    settings: GenerationSettings = GenerationSettings()
  ) -> TextStream {
    var settings = settings
    settings.count = 1
    return TextStream(model: self, prompt: prompt, state: state, settings: settings)
  }
}
