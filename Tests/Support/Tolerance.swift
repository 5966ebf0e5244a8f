/// How far numbers are from their reference, as a part of the reference's size: max |value − reference| / max
/// |reference|, over all elements.
///
/// Dividing by the largest of a tensor, and not element by element, keeps elements that should be near 0 from
/// counting for more than they are.
///
/// - Returns: The quotient; 0 when there is no difference; infinity when the counts differ, when a NaN occurs on
///   either side, or when the reference is all zeros (or empty) and the values are not. So `<= tolerance` fails in
///   all of these cases.
package func maximumRelativeDifference(
  _ values: [some BinaryFloatingPoint], _ reference: [some BinaryFloatingPoint]
) -> Double {
  guard values.count == reference.count else { return .infinity }
  var largestDifference = 0.0
  var largestReference = 0.0
  for (value, expected) in zip(values, reference) {
    let (value, expected) = (Double(value), Double(expected))
    guard !value.isNaN, !expected.isNaN else { return .infinity }
    if value == expected {
      largestReference = max(largestReference, abs(expected))
      continue  // also for equal infinities, whose difference is NaN
    }
    largestDifference = max(largestDifference, abs(value - expected))
    largestReference = max(largestReference, abs(expected))
  }
  guard largestDifference > 0 else { return 0 }
  let quotient = largestDifference / largestReference
  return quotient.isNaN ? .infinity : quotient
}
