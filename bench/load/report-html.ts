import type { Figures } from './figures.ts'
import { escaped, plotSvg } from './plot.ts'
import { rows } from './summary.ts'

const style = `
:root { color-scheme: light dark; --line: #2563eb; --mark: #d97706; --grid: #8884 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse } th, td { text-align: left; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--grid); font-variant-numeric: tabular-nums }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 1rem } figure { margin: 1rem 0 } figcaption { font-weight: 600 }
svg { width: 100%; height: auto; font-size: 12px; fill: currentColor } .grid { stroke: var(--grid) } .line { fill: none; stroke: var(--line); stroke-width: 2 }
.mark { stroke: var(--mark); stroke-dasharray: 4 4 } .x { text-anchor: middle } .y { text-anchor: end; dominant-baseline: middle } .label { text-anchor: end; fill: var(--mark) }`

/** A report for people: one file that needs nothing else. */
export function reportHtml(figures: Figures, command: string): string {
  const { readyAtSeconds, latencySeconds, startupSeconds, baseline } = figures
  const sorted = [...latencySeconds].sort((a, b) => a - b)
  const plots = [
    plotSvg({
      title: 'Pods Ready over time',
      xLabel: 'seconds since the first creation',
      yLabel: 'pods Ready',
      points: [[0, 0], ...readyAtSeconds.map((at, index): [number, number] => [at, index + 1])],
    }),
    plotSvg({
      title: 'From creation to Ready',
      xLabel: 'per cent of the pods',
      yLabel: 'seconds at most',
      points: sorted.map((seconds, index): [number, number] => [((index + 1) / sorted.length) * 100, seconds]),
      marks: [
        { y: startupSeconds.p50, label: `p50 ${startupSeconds.p50} s` },
        { y: startupSeconds.p99, label: `p99 ${startupSeconds.p99} s` },
      ],
    }),
    plotSvg({
      title: 'Pods a second',
      xLabel: 'seconds since the first creation',
      yLabel: 'pods Ready a second',
      points: perSecond(readyAtSeconds),
      ...(baseline ? { marks: [{ y: baseline.podsPerSecond, label: `raw Docker loop ${baseline.podsPerSecond}` }] } : {}),
    }),
  ]
  const table = (lines: readonly (readonly [string, string])[]) =>
    `<table>${lines.map(([what, value]) => `<tr><th>${escaped(what)}</th><td>${escaped(value)}</td></tr>`).join('')}</table>`
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Podsteward load: ${figures.pods} pods</title>
<style>${style}</style>
<h1>${figures.pods} pods on ${figures.nodes} ${figures.engine} node${figures.nodes === 1 ? '' : 's'}</h1>
<p><code>${escaped(command)}</code></p>
${table(rows(figures))}
<div class="plots">${plots.join('\n')}</div>
<h2>Requests of the agent until the last pod was Ready</h2>
${table(
  Object.entries(figures.calls)
    .sort(([, a], [, b]) => b - a)
    .map(([what, times]) => [what, `${times}, ${(times / figures.pods).toFixed(2)} a pod`]),
)}
</html>
`
}

/** How many became Ready in each of fifty parts of the whole, as a rate. */
function perSecond(readyAt: readonly number[]): [number, number][] {
  const last = readyAt.at(-1) ?? 0
  if (last <= 0) return []
  const width = last / 50
  const counts = Array.from({ length: 50 }, () => 0)
  for (const at of readyAt) {
    const part = Math.min(49, Math.floor(at / width))
    counts[part] = (counts[part] ?? 0) + 1
  }
  return counts.map((count, part) => [(part + 0.5) * width, count / width])
}
