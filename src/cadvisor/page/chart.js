/* global uPlot */
import { el, say, variable } from './dom.js'

const colours = (series) => series.map(({ colour }) => variable(`--${colour}`))

/** Steps between the lines of an axis: of bytes, and of what is counted. */
const increments = {
  binary: Array.from({ length: 50 }, (_, index) => 2 ** index),
  whole: [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000],
}

/** The colours change with the system's theme: charts are made again. */
const dark = matchMedia('(prefers-color-scheme: dark)')

/**
 * A chart over time that follows its box. `series`: { label, colour, dashed, area, show }; `format` of values; `bare` without axes,
 * `least` (a function) that the height shows at least, `steps`: `binary` for bytes, `whole` for what is counted.
 * Data: times in ms, then a list per series; null is a gap.
 */
export class Chart {
  #plot
  #data
  #options
  #box
  #values
  #resize

  constructor(box, options) {
    this.#box = box
    this.#options = options
    this.#values = options.legend ?? []
    this.#resize = new ResizeObserver(() => this.#fit())
    this.#resize.observe(box)
    this.remake = () => this.#make()
    dark.addEventListener('change', this.remake)
  }

  draw(at, values) {
    this.#data = [at.map((time) => time / 1000), ...values]
    if (this.#plot) this.#plot.setData(this.#data)
    else this.#make()
    this.#tell(null)
  }

  close() {
    this.#resize.disconnect()
    dark.removeEventListener('change', this.remake)
    this.#plot?.destroy()
  }

  #fit() {
    const { clientWidth: width, clientHeight: height } = this.#box
    if (width > 0 && height > 0) this.#plot?.setSize({ width, height })
  }

  /** The figures above the chart: where the pointer is, else the newest. */
  #tell(index) {
    const { series, format } = this.#options
    for (const [number, node] of this.#values.entries()) {
      const values = this.#data?.[number + 1]
      const at = index ?? (values?.length ?? 0) - 1
      say(node, `${series[number].label} ${format(values?.[at])}`)
    }
  }

  #make() {
    if (!this.#data) return
    this.#plot?.destroy()
    const { clientWidth: width, clientHeight: height } = this.#box
    const { series, format, bare = false, least = () => 0, steps } = this.#options
    const ink = colours(series)
    const axis = { stroke: variable('--faint'), grid: { stroke: variable('--line'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' }
    this.#plot = new uPlot(
      {
        width: Math.max(width, 10),
        height: Math.max(height, 10),
        legend: { show: false },
        padding: bare ? [4, 0, 0, 0] : [6, 18, 0, 0],
        cursor: { show: !bare, y: false, points: { size: 6 }, drag: { x: false, y: false }, sync: bare ? undefined : { key: 'detail' } },
        scales: {
          x: { time: true },
          y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(least(), (high ?? 0) * 1.08, 1e-9)] },
        },
        axes: bare
          ? [{ show: false }, { show: false }]
          : [
              { ...axis, size: 26, space: 70, values: (_, splits, __, ___, step) => splits.map((at) => clock(at, step)) },
              { ...axis, size: 64, space: 34, incrs: steps && increments[steps], values: (_, splits) => splits.map((value) => format(value)) },
            ],
        series: [
          {},
          ...series.map(({ label, dashed, area = true }, index) => ({
            label,
            stroke: ink[index],
            width: dashed ? 1 : 1.5,
            dash: dashed ? [4, 4] : undefined,
            fill: area && !dashed ? `${ink[index]}22` : undefined,
            points: { show: false },
            spanGaps: false,
          })),
        ],
        hooks: { setCursor: [(plot) => this.#tell(plot.cursor.idx ?? null)] },
      },
      this.#data,
      this.#box,
    )
  }
}

function clock(at, step) {
  const time = new Date(at * 1000)
  const two = (value) => String(value).padStart(2, '0')
  return `${two(time.getHours())}:${two(time.getMinutes())}${step < 60 ? `:${two(time.getSeconds())}` : ''}`
}

/** A chart in a panel with its title and figures. */
export function chartPanel(title, options) {
  const legend = options.series.map(({ colour }) => el('span', { class: `legend ink-${colour}` }))
  const box = el('div', { class: 'plot', role: 'img', 'aria-label': `${title} over the last minutes` })
  const root = el('section', { class: 'panel chart' }, el('header', {}, el('h3', {}, title), ...legend), box)
  return { root, chart: new Chart(box, { ...options, legend }) }
}
