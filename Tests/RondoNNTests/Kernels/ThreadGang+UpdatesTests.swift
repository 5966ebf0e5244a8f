import CRondoKernels
import Foundation
import RondoNN
import TestSupport
import Testing

@Suite struct ThreadGangUpdatesTests {
  /// Blocks of 4096, each in 16 lanes of fused multiply-adds and a tree, added in Double from the first to the last.
  @Test(arguments: Workers.all)
  func normIsTheWrittenOutOne(workers: Workers) throws {
    let gang = try workers.gang()
    for count in [16, 32, 4080, 4096, 4112, 20_000] {
      let values = numbers(count, seed: UInt64(count))
      var sum = 0.0
      for start in stride(from: 0, to: count, by: 4096) {
        var lanes = Array(repeating: 0 as Float, count: 16)
        for index in start..<min(start + 4096, count) {
          lanes[index % 16] = lanes[index % 16].addingProduct(values[index], values[index])
        }
        sum += Double(treeSum(lanes))
      }
      let norm = gang.norm(of: Buffer(values), partials: Buffer(count: (count + 4095) / 4096))
      #expect(bits([norm]) == bits([sum.squareRoot()]), "\(count)")
      let exact = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(norm - exact) <= 1e-5 * exact)
    }
  }

  @Test(arguments: Workers.all)
  func clampCutsWhatIsFinite(workers: Workers) throws {
    let gang = try workers.gang()
    for count in [16, 48, 1600] {
      let values = numbers(count, seed: 29)
      let buffer = Buffer(values)
      gang.clamp(buffer, scale: 3, bound: 0.75)
      #expect(bits(buffer.array) == bits(values.map { max(-0.75, min(0.75, $0 * 3)) }), "\(count)")
    }
    let odd = Buffer([.nan, .infinity, -.infinity, 0, -0.0] + [Float](repeating: 9, count: 11))
    gang.clamp(odd, scale: 0.5, bound: 4)
    #expect(odd[0].isNaN)
    #expect(
      bits(Array(odd.array[1...])) == bits([.infinity, -.infinity, 0, -0.0] + Array(repeating: 4, count: 11)))
  }

  @Test(arguments: Workers.all)
  func adamWIsTheWrittenOutOne(workers: Workers) throws {
    let gang = try RawGang(workers)
    for count in [16, 48, 1600] {
      let (p, g) = (numbers(count, seed: 30), numbers(count, seed: 31))
      let (m, v) = (numbers(count, seed: 32), numbers(count, seed: 33).map(abs))
      let (scale, rate, beta1, beta2) = (0.7, 0.01, 0.9, 0.999) as (Float, Float, Float, Float)
      let (epsilon, decay, correction1, correction2) =
        (1e-8, 0.1, 0.19, 0.002) as (Float, Float, Float, Float)
      let buffers = [p, g, m, v].map { Buffer($0 + Array(repeating: 99, count: 16)) }
      unsafe gang.run(
        gang.kernels.adamw,
        rondo_adamw(
          count: count, parameters: buffers[0].address, gradients: buffers[1].address,
          first_moments: buffers[2].address, second_moments: buffers[3].address, gradient_scale: scale,
          learning_rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, weight_decay: decay,
          correction1: correction1, correction2: correction2))
      var expected = [p, g, m, v].map { $0 + Array(repeating: 99, count: 16) }
      for i in 0..<count {
        let gradient = g[i] * scale
        expected[2][i] = ((1 - beta1) * gradient).addingProduct(beta1, m[i])
        expected[3][i] = ((1 - beta2) * gradient * gradient).addingProduct(beta2, v[i])
        let root = (expected[3][i] * (1 / correction2)).squareRoot()
        expected[0][i] = p[i] * (1 - rate * decay) - rate / correction1 * (expected[2][i] / (root + epsilon))
      }
      for (buffer, values) in zip(buffers, expected) {
        #expect(bits(buffer.array) == bits(values), "\(count)")
      }
    }
  }

  @Test(arguments: Workers.all)
  func sgdIsTheWrittenOutOne(workers: Workers) throws {
    let gang = try RawGang(workers)
    for (count, isFirst, hasMomentum) in [
      (16, true, true), (48, false, true), (1600, false, true), (1600, true, true), (1600, false, false),
    ] {
      let (p, g, v) = (numbers(count, seed: 34), numbers(count, seed: 35), numbers(count, seed: 36))
      let (scale, rate, momentum, decay) = (0.3, 0.5, 0.9, 0.01) as (Float, Float, Float, Float)
      let buffers = [p, g, v].map { Buffer($0 + Array(repeating: 99, count: 16)) }
      unsafe gang.run(
        gang.kernels.sgd,
        rondo_sgd(
          count: count, parameters: buffers[0].address, gradients: buffers[1].address,
          velocities: hasMomentum ? buffers[2].address : nil,
          gradient_scale: scale, learning_rate: rate, momentum: momentum, weight_decay: decay,
          is_first_step: isFirst))
      var expected = [p, g, v].map { $0 + Array(repeating: 99, count: 16) }
      for i in 0..<count {
        let gradient = (g[i] * scale).addingProduct(decay, p[i])
        if hasMomentum { expected[2][i] = gradient.addingProduct(isFirst ? 0 : momentum, v[i]) }
        expected[0][i] = p[i] - rate * (hasMomentum ? expected[2][i] : gradient)
      }
      for (buffer, values) in zip(buffers, expected) {
        #expect(bits(buffer.array) == bits(values), "\(count)")
      }
    }
  }

  @Test(arguments: Workers.all)
  func rmsPropIsTheWrittenOutOne(workers: Workers) throws {
    let gang = try RawGang(workers)
    for count in [16, 48, 1600] {
      let (p, g, s) = (numbers(count, seed: 37), numbers(count, seed: 38), numbers(count, seed: 39).map(abs))
      let (scale, rate, decay, epsilon, penalty) =
        (0.3, 0.5, 0.95, 1e-8, 0.01) as (Float, Float, Float, Float, Float)
      let buffers = [p, g, s].map { Buffer($0 + Array(repeating: 99, count: 16)) }
      unsafe gang.run(
        gang.kernels.rmsprop,
        rondo_rmsprop(
          count: count, parameters: buffers[0].address, gradients: buffers[1].address,
          squares: buffers[2].address, gradient_scale: scale, learning_rate: rate, decay: decay,
          epsilon: epsilon, weight_decay: penalty))
      var expected = [p, g, s].map { $0 + Array(repeating: 99, count: 16) }
      for i in 0..<count {
        let gradient = (g[i] * scale).addingProduct(penalty, p[i])
        expected[2][i] = ((1 - decay) * gradient * gradient).addingProduct(decay, s[i])
        expected[0][i] = p[i] - rate * (gradient / (expected[2][i].squareRoot() + epsilon))
      }
      for (buffer, values) in zip(buffers, expected) {
        #expect(bits(buffer.array) == bits(values), "\(count)")
      }
    }
  }

  @Test(arguments: Workers.all)
  func averageIsTheWrittenOutOne(workers: Workers) throws {
    let gang = try workers.gang()
    for (count, weight) in [(16, 0.5), (48, 0.001), (1600, 1)] as [(Int, Float)] {
      let (a, p) = (numbers(count, seed: 70), numbers(count, seed: 71))
      let average = Buffer(a)
      gang.average(average, with: Buffer(p), weight: weight)
      let expected = weight == 1 ? p : zip(a, p).map { $0.addingProduct(weight, $1 - $0) }
      #expect(bits(average.array) == bits(expected), "\(count)")
    }
  }

  // MARK: exp, tanh and the logistic function

  /// Every 1021st float (a prime), subnormals and NaNs among them, and every one within 2000 of where a branch is.
  private static let sample: [Float] = {
    var sample = stride(from: 0, to: 1 << 32, by: 1021).map { Float(bitPattern: UInt32($0)) }
    for edge in [0, 0.625, 1, 87.3, 88.72, 0.34657359, 43.6, 44.36, 5.868752, 16.635704] as [Float] {
      for step in 0..<2000 as Range<UInt32> {
        let bits = edge.bitPattern &+ step &- (edge == 0 ? 0 : 1000)
        sample += [Float(bitPattern: bits), -Float(bitPattern: bits)]
      }
    }
    return sample
  }()

  /// The largest distance from the Double reference, in units of the last place of the rounded reference.
  private func largestError(
    _ function: ThreadGang.ElementFunction, within range: ClosedRange<Float>, _ reference: (Double) -> Double
  ) throws -> Double {
    let inputs = Self.sample.filter(range.contains)
    let gang = try ThreadGang(threadCount: 1)
    var largest = 0.0
    for (x, value) in zip(inputs, gang.apply(function, to: inputs)) {
      let exact = reference(Double(x))
      largest = max(largest, abs(Double(value) - exact) / Double(Float(exact).ulp))
    }
    return largest
  }

  // Over all floats there are the errors are 1.0006, 1.3304 and 2.4808 (`make functions`), at -5.868752, 0.6283095 and
  // -16.635704.

  @Test func expIsClose() throws {
    let error = try largestError(.exp, within: -87.3...88.72) { exp($0) }
    #expect(error <= 1.01, "\(error)")
  }

  @Test func tanhIsClose() throws {
    let error = try largestError(.tanh, within: -.infinity ... .infinity) { tanh($0) }
    #expect(error <= 1.35, "\(error)")
  }

  @Test func sigmoidIsClose() throws {
    let error = try largestError(.sigmoid, within: -88.72 ... .infinity) { 1 / (1 + exp(-$0)) }
    #expect(error <= 2.5, "\(error)")
  }

  @Test(arguments: InstructionSets.present)
  func endsOfTheRange(instructionSet: String) throws {
    let gang = try ThreadGang(threadCount: 1, instructionSet: instructionSet)
    let infinity = Float.infinity, tiny = Float.leastNonzeroMagnitude
    #expect(gang.apply(.exp, to: [0, -0.0, tiny, -tiny, infinity, -infinity]) == [1, 1, 1, 1, infinity, 0])
    #expect(gang.apply(.exp, to: [Float(88.72).nextUp, Float(-87.3).nextDown]) == [infinity, 0])
    #expect(gang.apply(.exp, to: [88.72])[0].isFinite)
    #expect(gang.apply(.exp, to: [-87.3])[0].isNormal)
    #expect(bits(gang.apply(.tanh, to: [0, -0.0])) == bits([0, -0.0]))
    #expect(gang.apply(.tanh, to: [infinity, -infinity, 10, -10]) == [1, -1, 1, -1])
    // Subnormal numbers pass unchanged: nothing is flushed to zero.
    let small: [Float] = [tiny, -tiny, 0x1p-130, -0x1.8p-127]
    #expect(gang.apply(.tanh, to: small) == small)
    #expect(gang.apply(.sigmoid, to: [0, -0.0, tiny, infinity, -infinity, 100]) == [0.5, 0.5, 0.5, 1, 0, 1])
    #expect(gang.apply(.sigmoid, to: [Float(-88.72).nextDown]) == [0])
    #expect(gang.apply(.sigmoid, to: [-88.72])[0].isSubnormal)
    for function in [.exp, .tanh, .sigmoid] as [ThreadGang.ElementFunction] {
      #expect(gang.apply(function, to: [.nan, -.nan, 0]).map(\.isNaN) == [true, true, false])
    }
  }

  /// All instruction sets, and all places in a vector, compute the same bytes.
  @Test func sameBytesEverywhere() throws {
    let inputs = stride(from: 0, to: Self.sample.count, by: 7).map { Self.sample[$0] }.filter { !$0.isNaN }
    let portable = try ThreadGang(threadCount: 1, instructionSet: "portable")
    for function in [.exp, .tanh, .sigmoid] as [ThreadGang.ElementFunction] {
      let expected = bits(portable.apply(function, to: inputs))
      #expect(bits(portable.apply(function, to: Array(inputs[5...]))) == Array(expected[5...]))
      for name in InstructionSets.present {
        let gang = try ThreadGang(threadCount: 1, instructionSet: name)
        #expect(bits(gang.apply(function, to: inputs)) == expected, "\(name)")
      }
    }
  }
}
