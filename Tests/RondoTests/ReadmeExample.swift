// README begin
import Rondo

/// Learns from the text at `path`, saves the model, and writes a beginning of a fable with two ends.
func fable(
  from path: String, model file: String, steps: Int, report: (String) -> Void
) async throws -> [String] {
  let data = try TrainingData(
    Corpus(paths: [path]), tokenizer: .built(kind: .character, normalizer: .init()), validationFraction: 0.1)
  var request = TrainingRequest()  // what is nil is chosen by the size of the text
  request.steps = steps
  let plan = try TrainingPlan(request, for: data, threadCount: availableThreads())
  let trainer = try Trainer(plan: plan, data: data)
  _ = try trainer.run { event, _ in
    if case .step(let step) = event { report("step \(step.step) of \(step.steps): loss \(step.loss)") }
    return Task.isCancelled ? .stop : .proceed
  }
  try trainer.model.save(to: file)

  let model = try LanguageModel(contentsOf: file)
  var beginning = "The fox "
  for try await piece in model.generate(prompt: beginning, settings: .init(length: 40, seed: 7)) {
    beginning += piece  // as it is written; ends early when the task is cancelled
  }

  let reader = try model.reader()
  try reader.read(beginning)
  let state = reader.state  // a value: keep it, save it, branch from it
  var ends: [String] = []
  for token in reader.next(2) {  // the likeliest ways to go on
    report("\(token.text): \(token.probability)")
    var end = beginning + token.text
    for try await piece in model.generate(prompt: token.text, from: state, settings: .init(length: 20)) {
      end += piece
    }
    ends.append(end)
  }
  return ends
}
// README end
