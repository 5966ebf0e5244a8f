import Rondo

/// The smoothed loss over the learning rate, drawn with characters: rates on a logarithmic axis, the suggested one marked.
struct LearningRatePlot {
  private let points: [LearningRateSearch.Point]
  private let suggestion: Double?
  private let hasColours: Bool
  private let width: Int

  private static let height = 14
  private static let margin = 8

  /// - Parameter width: columns of the terminal; at most 100 are used.
  init(_ search: LearningRateSearch, width: Int, hasColours: Bool) {
    points = search.points
    suggestion = search.suggestion
    self.hasColours = hasColours
    self.width = max(20, min(100, width) - Self.margin - 1)
  }

  /// The lines of the plot, without line feeds.
  var lines: [String] {
    guard let first = points.first?.learningRate, let last = points.last?.learningRate, first < last else {
      return []
    }
    let losses = points.map(\.smoothedLoss)
    let least = losses.min() ?? 0, most = max(losses.max() ?? 1, least + 1e-6)
    func row(_ loss: Double) -> Int {
      Int(((most - loss) / (most - least) * Double(Self.height - 1)).rounded())
    }
    // The points are equally far apart on the axis.
    let columns = (0..<width).map { column in
      row(losses[column * (losses.count - 1) / (width - 1)])
    }
    let marked = suggestion.map { column(of: $0) }
    var lines: [String] = []
    for row in 0..<Self.height {
      let isLabelled = row == 0 || row == Self.height - 1 || row == (Self.height - 1) / 2
      let loss = most - (most - least) * Double(row) / Double(Self.height - 1)
      let label = isLabelled ? Format.fixed(loss, 2) : ""
      var line = String(repeating: " ", count: max(0, Self.margin - 2 - label.count)) + label + " │"
      for (column, own) in columns.enumerated() {
        let before = column > 0 ? columns[column - 1] : own
        if row == own || row > min(own, before) && row < max(own, before) {
          line += coloured("●", 36)
        } else if column == marked {
          line += coloured("┊", 32)
        } else {
          line += " "
        }
      }
      lines.append(trimmed(line))
    }
    lines.append(String(repeating: " ", count: Self.margin - 1) + "└" + String(repeating: "─", count: width))
    lines.append(axisLabels)
    return lines
  }

  /// Powers of ten below the axis, as far as there is room between them.
  private var axisLabels: String {
    var line = ""
    for exponent in -9...3 {
      guard let rate = Double("1e\(exponent)"), let first = points.first, let last = points.last,
        rate > first.learningRate * 0.99, rate < last.learningRate * 1.01
      else { continue }
      let start = Self.margin + column(of: rate)
      guard start >= line.count + (line.isEmpty ? 0 : 1) else { continue }
      line += String(repeating: " ", count: start - line.count) + "1e\(exponent)"
    }
    return line
  }

  /// The column of a rate: that of the point which is nearest to it.
  private func column(of rate: Double) -> Int {
    func distance(_ other: Double) -> Double { max(rate / other, other / rate) }
    let nearest = points.indices.min {
      distance(points[$0].learningRate) < distance(points[$1].learningRate)
    }
    return (nearest ?? 0) * (width - 1) / max(1, points.count - 1)
  }

  private func coloured(_ text: String, _ colour: Int) -> String {
    hasColours ? "\u{1B}[\(colour)m\(text)\u{1B}[0m" : text
  }

  private func trimmed(_ line: String) -> String {
    String(line.reversed().drop { $0 == " " }.reversed())
  }
}
