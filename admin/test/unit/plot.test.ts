import { expect, test } from 'vitest'
import { fewer, plot, range, ticks } from '@/parts/plot'

const box = { width: 400, height: 200, kind: 'bar' as const, stacked: true }

test('ticks are round whole numbers that cover what is shown', () => {
  expect(ticks(0, 0)).toEqual([0, 1])
  expect(ticks(0, 3)).toEqual([0, 1, 2, 3])
  expect(ticks(0, 97)).toEqual([0, 50, 100])
  expect(ticks(-30, 90)).toEqual([-50, 0, 50, 100])
  for (let high = 1; high < 1e15; high = Math.ceil(high * 1.7)) {
    const t = ticks(0, high)
    expect(t.length).toBeLessThanOrEqual(6)
    expect(t.every(Number.isInteger)).toBe(true)
    expect(t[t.length - 1]).toBeGreaterThanOrEqual(high)
  }
})

test('stacked bars stand on each other and add up', () => {
  const series = [{ name: 'a', values: [3, 0] }, { name: 'b', values: [4, null] }, { name: 'c', values: [-2, 5] }]
  expect(range(series, true)).toEqual([-2, 7])
  expect(range(series, false)).toEqual([-2, 5])
  const p = plot(['x', 'y'], series, box, 20, 30)
  expect(p.bars.map((b) => [b.series, b.at])).toEqual([[0, 0], [1, 0], [2, 0], [2, 1]])
  const [a, b, c] = p.bars
  const unit = (a?.height ?? 0) / 3
  expect(b?.height).toBeCloseTo(4 * unit)
  expect((b?.y ?? 0) + (b?.height ?? 0)).toBeCloseTo(a?.y ?? 0)
  expect(c?.y).toBeCloseTo((a?.y ?? 0) + (a?.height ?? 0)) // below zero
})

test('bars side by side stay within their label’s place', () => {
  const p = plot(['x', 'y', 'z'], [{ name: 'a', values: [1, 2, 3] }, { name: 'b', values: [3, 2, 1] }], { ...box, stacked: false }, 20, 10)
  for (const b of p.bars) {
    expect(b.x).toBeGreaterThanOrEqual(p.left + p.band * b.at)
    expect(b.x + b.width).toBeLessThanOrEqual(p.left + p.band * (b.at + 1) + 1e-9)
  }
})

test('labels that have no room are left out, and a line has a hole where nothing is known', () => {
  const labels = Array.from({ length: 90 }, (_, i) => String(i))
  const p = plot(labels, [{ name: 'a', values: labels.map((_, i) => (i === 5 ? null : i)) }], { ...box, kind: 'line' }, 20, 40)
  expect(p.labels.length).toBeLessThan(9)
  expect(p.lines[0]?.path.match(/M/g)?.length).toBe(2)
})

test('what is too much for the eye is one more series, the sum of the rest', () => {
  const many = Array.from({ length: 12 }, (_, i) => ({ name: String(i), values: [i, 1] }))
  const few = fewer(many, 8, 'others')
  expect(few.length).toBe(8)
  expect(few[7]).toEqual({ name: 'others', values: [7 + 8 + 9 + 10 + 11, 5] })
  expect(fewer(many.slice(0, 8), 8, 'others').length).toBe(8)
})
