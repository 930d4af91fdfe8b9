/** A line plot as inline SVG: no script, no style of its own but colours by class. */
export interface Plot {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly points: readonly (readonly [x: number, y: number])[]
  /** A line through the points (default), a bar at each, or the points alone. */
  readonly as?: 'line' | 'bars' | 'dots'
  /** Horizontal lines to compare with. */
  readonly marks?: readonly { readonly y: number; readonly label: string }[]
}

const [width, height] = [640, 320]
const margin = { left: 64, right: 16, top: 16, bottom: 44 }
/** More than can be seen apart on that width. */
const mostPoints = 1000

export function plotSvg({ title, xLabel, yLabel, points, as = 'line', marks = [] }: Plot): string {
  const thinned = points.filter((_, index) => index === points.length - 1 || index % Math.ceil(points.length / mostPoints) === 0)
  const xTicks = ticks(Math.max(...points.map(([x]) => x), 0))
  const yTicks = ticks(Math.max(...points.map(([, y]) => y), ...marks.map(({ y }) => y), 0))
  const [xMax, yMax] = [xTicks.at(-1) ?? 1, yTicks.at(-1) ?? 1]
  const x = (value: number) => (margin.left + (value / xMax) * (width - margin.left - margin.right)).toFixed(1)
  const y = (value: number) => (height - margin.bottom - (value / yMax) * (height - margin.top - margin.bottom)).toFixed(1)
  const barWidth = Math.max(1, (width - margin.left - margin.right) / Math.max(1, points.length) - 2)
  const drawn = {
    line: () => `<path class="line" d="${thinned.map(([a, b], index) => `${index === 0 ? 'M' : 'L'}${x(a)} ${y(b)}`).join('')}"/>`,
    bars: () =>
      `<path class="bars" stroke-width="${barWidth.toFixed(1)}" d="${points.flatMap(([a, b]) => (b > 0 ? [`M${x(a)} ${y(0)}V${y(b)}`] : [])).join('')}"/>`,
    dots: () => `<path class="dots" d="${thinned.map(([a, b]) => `M${x(a)} ${y(b)}h0`).join('')}"/>`,
  }[as]()
  return `<figure><figcaption>${escaped(title)}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
${yTicks.map((tick) => `<path class="grid" d="M${x(0)} ${y(tick)}H${x(xMax)}"/><text x="${margin.left - 8}" y="${y(tick)}" class="y">${tick.toLocaleString('en')}</text>`).join('\n')}
${xTicks.map((tick) => `<text x="${x(tick)}" y="${height - margin.bottom + 18}" class="x">${tick.toLocaleString('en')}</text>`).join('\n')}
${marks.map(({ y: at, label }) => `<path class="mark" d="M${x(0)} ${y(at)}H${x(xMax)}"/><text x="${margin.left + 6}" y="${Number(y(at)) - 6}" class="label">${escaped(label)}</text>`).join('\n')}
${drawn}
<text x="${width / 2}" y="${height - 8}" class="x">${escaped(xLabel)}</text>
<text transform="translate(14 ${height / 2}) rotate(-90)" class="x">${escaped(yLabel)}</text>
</svg></figure>`
}

/** Round steps from 0 to a little above `max`. */
export function ticks(max: number): number[] {
  if (!(max > 0)) return [0, 1]
  const rough = max / 5
  const unit = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((times) => times * unit >= rough) ?? 10) * unit
  return Array.from({ length: Math.ceil(max / step - 1e-9) + 1 }, (_, index) => Number((index * step).toPrecision(12)))
}

export const escaped = (text: string): string => text.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`)
