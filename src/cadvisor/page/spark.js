const svg = 'http://www.w3.org/2000/svg'
const width = 72
const height = 24

/** A small line with its area; decoration beside the figure that says it. */
export function spark() {
  const root = document.createElementNS(svg, 'svg')
  root.setAttribute('viewBox', `0 0 ${width} ${height}`)
  root.setAttribute('preserveAspectRatio', 'none')
  root.setAttribute('aria-hidden', 'true')
  const area = document.createElementNS(svg, 'path')
  area.setAttribute('class', 'area')
  const line = document.createElementNS(svg, 'path')
  root.append(area, line)
  let drawn = ''
  return {
    root,
    /** `most`: what fills the height at least, so that noise stays flat. */
    draw({ at, values }, most) {
      const path = pathOf(at, values, most)
      if (path.line === drawn) return
      drawn = path.line
      line.setAttribute('d', path.line)
      area.setAttribute('d', path.area)
    },
  }
}

function pathOf(at, values, most) {
  const first = at[0] ?? 0
  const span = Math.max(1, (at.at(-1) ?? 0) - first)
  const top = Math.max(most, ...values.map((value) => value ?? 0))
  let line = ''
  let area = ''
  let start = -1
  let x = 0
  for (let index = 0; index <= values.length; index += 1) {
    const value = values[index]
    if (value === null || value === undefined) {
      if (start >= 0) area += `L${x} ${height}L${start} ${height}Z`
      start = -1
      continue
    }
    x = Math.round(((at[index] - first) / span) * width * 10) / 10
    const y = Math.round((height - 1.5 - (value / top) * (height - 4)) * 10) / 10
    const step = `${start < 0 ? 'M' : 'L'}${x} ${y}`
    if (start < 0) start = x
    line += step
    area += step
  }
  return { line, area }
}
