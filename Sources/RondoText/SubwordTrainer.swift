/// Learns the merges of byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909) from counted pre-tokens.
///
/// The pair of neighbouring tokens that is counted most often becomes a token, of several the one with the smallest
/// ids; then everything is counted anew, which is done by following what changes. "aaa" has the pair (a, a) twice, and the
/// first two are merged. So does the trainer of the Python package `tokenizers`, and the merges are the same.
///
/// No merge makes a token that is there already. For as long as no merge has gone over the ends of some bytes, what was
/// merged between them depends on these bytes alone (a run of one token is merged from its left end), so they become a
/// token in one way. Therefore pairs come up when one of their tokens is made, and never later.
struct SubwordTrainer {
  /// Tokens in the order of their ids, which begin at `firstID`.
  private(set) var tokens = ByteStringTable()
  private let firstID: UInt32

  /// The pre-tokens, cut into tokens: word `i` is `symbols[starts[i]..<starts[i] + lengths[i]]`.
  private var symbols: [UInt32] = []
  private var starts: [Int] = []
  private var lengths: [Int] = []
  private var wordCounts: [Int] = []

  private var table = PairTable()
  private var pairs: [Pair] = []
  private var queue = BinaryHeap<Candidate>()
  /// The words where pairs came up, each pair's together.
  private var places: [UInt32] = []
  /// Where pairs came up by the last merge: the number of a pair, and a word.
  private var news: [(pair: UInt32, word: UInt32)] = []

  private static let noWord = UInt32.max

  private struct Pair {
    let tokens: SubwordMerge
    var count = 0
    /// In how many words it came up, and the last of them.
    var newWords = 0
    var lastWord = noWord
    /// Its words in `places`.
    var words = 0..<0
  }

  /// A pair that waits to be merged, with its count when it was last looked at, which can only have become smaller.
  private struct Candidate: Comparable {
    var count: Int
    let key: UInt64
    let pair: Int

    static func < (left: Candidate, right: Candidate) -> Bool {
      left.count != right.count ? left.count > right.count : left.key < right.key
    }
  }

  /// - Parameters:
  ///   - counts: the pre-tokens.
  ///   - alphabet: the 256 bytes in the order of their ids.
  ///   - firstID: the id of the first byte.
  init(_ counts: UnitCounts, alphabet: [UInt8], firstID: UInt32) {
    self.firstID = firstID
    var ids = [UInt32](repeating: 0, count: alphabet.count)
    for byte in alphabet { ids[Int(byte)] = firstID + UInt32(tokens.insert([byte], in: 0..<1)) }
    for unit in counts.all where unit.bytes.count > 1 {
      starts.append(symbols.count)
      lengths.append(unit.bytes.count)
      wordCounts.append(unit.count)
      for byte in unit.bytes { symbols.append(ids[Int(byte)]) }
    }
  }

  /// Merges until there are `tokenCount` tokens, or no pair is there `minimumCount` times.
  ///
  /// - Returns: the merges in their order. That of number `i` makes the token after the bytes and `i` others.
  mutating func train(tokenCount: Int, minimumCount: Int) -> [SubwordMerge] {
    for word in starts.indices {
      for place in starts[word]..<starts[word] + lengths[word] - 1 {
        count(SubwordMerge(symbols[place], symbols[place + 1]), in: word)
      }
    }
    makeCandidates()

    var merges: [SubwordMerge] = []
    while tokens.count < tokenCount, var candidate = queue.pop() {
      let pair = pairs[candidate.pair]
      guard candidate.count == pair.count else {
        candidate.count = pair.count
        queue.push(candidate)
        continue
      }
      guard pair.count >= max(1, minimumCount) else { break }
      let joined = Array(bytes(of: pair.tokens.left) + bytes(of: pair.tokens.right))
      let id = firstID + UInt32(tokens.insert(joined, in: 0..<joined.count))
      merges.append(pair.tokens)
      for place in pair.words { merge(pair.tokens, into: id, in: Int(places[place])) }
      makeCandidates()
    }
    return merges
  }

  private func bytes(of id: UInt32) -> ArraySlice<UInt8> { tokens[Int(id - firstID)] }

  /// Merges a pair in a word from left to right, and follows what that does to the counts of the pairs beside it. Its own
  /// stays as it is.
  private mutating func merge(_ pair: SubwordMerge, into id: UInt32, in word: Int) {
    let start = starts[word]
    let end = start + lengths[word]
    var from = start
    var to = start
    while from < end {
      let symbol = symbols[from]
      from += 1
      guard symbol == pair.left, from < end, symbols[from] == pair.right else {
        symbols[to] = symbol
        to += 1
        continue
      }
      from += 1
      if to > start {
        let before = symbols[to - 1]
        uncount(SubwordMerge(before, pair.left), in: word)
        count(SubwordMerge(before, id), in: word)
      }
      if from < end {
        let after = symbols[from]
        uncount(SubwordMerge(pair.right, after), in: word)
        count(SubwordMerge(id, after), in: word)
      }
      symbols[to] = id
      to += 1
    }
    lengths[word] = to - start
  }

  private mutating func uncount(_ pair: SubwordMerge, in word: Int) {
    pairs[number(of: pair)].count -= wordCounts[word]
  }

  private mutating func count(_ pair: SubwordMerge, in word: Int) {
    let number = number(of: pair)
    pairs[number].count += wordCounts[word]
    guard pairs[number].lastWord != UInt32(word) else { return }
    pairs[number].lastWord = UInt32(word)
    pairs[number].newWords += 1
    news.append((UInt32(number), UInt32(word)))
  }

  private mutating func number(of pair: SubwordMerge) -> Int {
    let number = table.insert(pair)
    if number == pairs.count { pairs.append(Pair(tokens: pair)) }
    return number
  }

  /// Makes candidates of the pairs that have come up.
  private mutating func makeCandidates() {
    var end = places.count
    places.append(contentsOf: repeatElement(0, count: news.count))
    for (pair, word) in news {
      let number = Int(pair)
      if pairs[number].lastWord != Self.noWord {
        pairs[number].lastWord = Self.noWord
        pairs[number].words = end..<end
        end += pairs[number].newWords
        queue.push(Candidate(count: pairs[number].count, key: pairs[number].tokens.key, pair: number))
      }
      let next = pairs[number].words.upperBound
      places[next] = word
      pairs[number].words = pairs[number].words.lowerBound..<next + 1
    }
    news.removeAll(keepingCapacity: true)
  }
}
