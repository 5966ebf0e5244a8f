import ArgumentParser

/// The text that training does not see.
struct HeldOutOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "A file or folder to validate on; the vocabulary is then built from the corpus alone.",
      valueName: "text"))
  var validation: String?
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The part held out to validate on: the tail of each file, or, of 20 files or more, whole files, if these are not too uneven or too different; 0.1 if not given, less where that is more than a million tokens.",
      valueName: "part"))
  var validationFraction: Double?

  var given: [String] {
    namesOfGiven([
      ("--validation", validation != nil), ("--validation-fraction", validationFraction != nil),
    ])
  }
}
