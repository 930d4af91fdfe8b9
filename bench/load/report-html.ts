import type { Figures } from './figures.ts'
import { escaped, plotSvg } from './plot.ts'
import { rows } from './summary.ts'

const style = `
:root { color-scheme: light dark; --line: #2563eb; --mark: #b45309; --grid: #8884; --soft: #8881 }
@media (prefers-color-scheme: dark) { :root { --line: #60a5fa; --mark: #fbbf24 } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem } .when { margin: 0 0 1rem; opacity: .7 }
code { display: block; padding: .5rem .75rem; background: var(--soft); border-radius: .4rem; overflow-x: auto; white-space: pre }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1rem 0 }
.tiles div { background: var(--soft); border-radius: .4rem; padding: .6rem .75rem } .tiles b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums }
table { border-collapse: collapse } th, td { text-align: left; vertical-align: top; padding: .3rem 1.5rem .3rem 0; border-bottom: 1px solid var(--grid); font-variant-numeric: tabular-nums }
th { font-weight: 600 } .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); gap: 1rem 2rem }
figure { margin: 1rem 0 0; overflow-x: auto } figcaption { font-weight: 600; margin-bottom: .25rem }
svg { width: 100%; min-width: 28rem; height: auto; font-size: 13px; fill: currentColor } .grid { stroke: var(--grid) }
.line { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round } .bars { stroke: var(--line) } .dots { stroke: var(--line); stroke-width: 4; stroke-linecap: round; opacity: .5 }
.mark { stroke: var(--mark); stroke-dasharray: 4 4 } .x { text-anchor: middle } .y { text-anchor: end; dominant-baseline: middle } .label { fill: var(--mark) }`

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
      title: 'Startup over the run',
      xLabel: 'Ready at, seconds since the first creation',
      yLabel: 'seconds from creation to Ready',
      points: readyAtSeconds.map((at, index): [number, number] => [at, latencySeconds[index] ?? 0]),
      as: 'dots',
    }),
    plotSvg({
      title: 'Pods a second',
      xLabel: 'seconds since the first creation',
      yLabel: 'pods Ready a second',
      points: perSecond(readyAtSeconds),
      as: 'bars',
      ...(baseline ? { marks: [{ y: baseline.podsPerSecond, label: `raw loop ${baseline.podsPerSecond}` }] } : {}),
    }),
  ]
  const table = (lines: readonly (readonly [string, string])[]) =>
    `<table>${lines.map(([what, value]) => `<tr><th>${escaped(what)}</th><td>${escaped(value)}</td></tr>`).join('')}</table>`
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Podsteward load: ${figures.pods} pods</title>
<style>${style}</style>
<h1>${number(figures.pods)} pods on ${number(figures.nodes)} ${figures.engine} node${figures.nodes === 1 ? '' : 's'}</h1>
<p class="when">${figures.startedAt.slice(0, 16).replace('T', ' ')} UTC</p>
<code>${escaped(command)}</code>
<div class="tiles">${tiles(figures)
    .map(([value, what]) => `<div><b>${escaped(value)}</b>${escaped(what)}</div>`)
    .join('')}</div>
<div class="plots">${plots.join('\n')}</div>
<h2>All figures</h2>
${table(rows(figures))}
<h2>Requests of the agent until the last pod was Ready</h2>
${table(
  Object.entries(figures.calls)
    .sort(([, a], [, b]) => b - a)
    .map(([what, times]) => [what, `${number(times)}, ${(times / figures.pods).toFixed(2)} a pod`]),
)}
</html>
`
}

const number = (value: number): string => value.toLocaleString('en')

/** What is looked at first. */
function tiles(figures: Figures): [string, string][] {
  const { ready, pods, seconds, podsPerSecond, startupSeconds, agentCpuMsPerPod, apiCallsPerPod, lateLeases, restart, ratio } = figures
  return [
    [number(ready), `of ${number(pods)} Ready in ${seconds.toFixed(1)} s`],
    [number(podsPerSecond), 'pods a second'],
    [`${startupSeconds.p99} s`, 'created to Ready, p99'],
    [`${agentCpuMsPerPod} ms`, 'agent CPU a pod'],
    [String(apiCallsPerPod), 'API calls a pod'],
    ...(restart ? ([[`${restart.adoptedSeconds} s`, `to adopt ${number(restart.pods)} pods after a restart`]] as [string, string][]) : []),
    ratio === undefined ? [number(lateLeases), 'late leases'] : [String(ratio), 'of the raw loop'],
  ]
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
