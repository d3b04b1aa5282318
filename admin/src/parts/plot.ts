// Where the marks of a chart stand. No drawing here: numbers in, coordinates out.

export interface Series {
  name: string
  closed?: boolean // there is nothing to open behind it
  values: (number | null)[] // one for each label; null where nothing is known
}

export interface Bar {
  series: number
  at: number // which label
  x: number
  y: number
  width: number
  height: number
}

export interface Plot {
  ticks: { value: number; y: number }[]
  labels: { at: number; x: number }[] // those there is room for
  bars: Bar[]
  lines: { series: number; path: string }[]
  band: number // width of a label's place
  left: number
  right: number
  bottom: number
}

export interface Box {
  width: number
  height: number
  kind: 'bar' | 'line'
  stacked: boolean
}

/** Round values that cover a range, whole numbers all. */
export function ticks(low: number, high: number): number[] {
  const rough = Math.max((high - low) / 4, 1)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? power * 10)
  const first = Math.floor(low / step)
  const last = Math.max(Math.ceil(high / step), first + 1)
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step)
}

/** The least and the most that a chart has to show; 0 is always on it. */
export function range(series: Series[], stacked: boolean): [number, number] {
  let low = 0
  let high = 0
  const labels = Math.max(0, ...series.map((s) => s.values.length))
  for (let at = 0; at < labels; at++) {
    let up = 0
    let down = 0
    for (const s of series) {
      const v = s.values[at] ?? 0
      if (!stacked) [low, high] = [Math.min(low, v), Math.max(high, v)]
      else if (v > 0) up += v
      else down += v
    }
    ;[low, high] = [Math.min(low, down), Math.max(high, up)]
  }
  return [low, high]
}

/** Every mark of a chart. tickWidth is the room that the longest value needs, labelWidth that of the longest label. */
export function plot(labels: string[], series: Series[], box: Box, tickWidth: number, labelWidth: number): Plot {
  const [low, high] = range(series, box.stacked)
  const marks = ticks(low, high)
  const left = tickWidth + 8
  const right = box.width - 4
  const top = 8
  const bottom = box.height - 24
  const first = marks[0] ?? 0
  const span = (marks[marks.length - 1] ?? 1) - first
  const y = (value: number): number => bottom - ((value - first) / span) * (bottom - top)
  const band = Math.max(0, right - left) / Math.max(1, labels.length)
  const every = Math.max(1, Math.ceil((labelWidth + 12) / Math.max(band, 0.1)))
  const out: Plot = { ticks: marks.map((value) => ({ value, y: y(value) })), labels: [], bars: [], lines: [], band, left, right, bottom }
  labels.forEach((_, at) => at % every === 0 && out.labels.push({ at, x: left + band * (at + 0.5) }))
  if (box.kind === 'line') out.lines = series.map((s, n) => ({ series: n, path: line(s.values, (at) => left + band * (at + 0.5), y) }))
  else out.bars = bars(labels.length, series, { stacked: box.stacked, left, band, y })
  return out
}

function line(values: (number | null)[], x: (at: number) => number, y: (value: number) => number): string {
  let path = ''
  let drawing = false
  values.forEach((value, at) => {
    if (value === null) return void (drawing = false)
    path += `${drawing ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`
    drawing = true
  })
  return path
}

interface Room {
  stacked: boolean
  left: number
  band: number
  y: (value: number) => number
}

function bars(labels: number, series: Series[], room: Room): Bar[] {
  const out: Bar[] = []
  const side = room.stacked ? 1 : Math.max(1, series.length)
  const width = Math.min(28, (room.band * 0.72) / side)
  for (let at = 0; at < labels; at++) {
    let up = 0
    let down = 0
    series.forEach((s, n) => {
      const value = s.values[at]
      if (!value) return
      const from = !room.stacked ? 0 : value > 0 ? up : down
      if (value > 0) up += value
      else down += value
      const [a, b] = [room.y(from), room.y(from + value)]
      const x = room.left + room.band * (at + 0.5) - (width * side) / 2 + (room.stacked ? 0 : width * n)
      out.push({ series: n, at, x, y: Math.min(a, b), width, height: Math.max(Math.abs(a - b), 1) })
    })
  }
  return out
}

/** The largest series, and the sum of the rest as one more. */
export function fewer(series: Series[], most: number, rest: string): Series[] {
  if (series.length <= most) return series
  const others = series.slice(most - 1)
  const values = others[0]?.values.map((_, at) => others.reduce((sum, s) => sum + (s.values[at] ?? 0), 0)) ?? []
  return [...series.slice(0, most - 1), { name: rest, values }]
}
