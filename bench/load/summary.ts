import type { Figures } from './figures.ts'

/** The figures as lines for people. */
export function printFigures(figures: Figures, out: NodeJS.WritableStream): void {
  for (const [what, value] of rows(figures)) out.write(`${what.padEnd(34)} ${value}\n`)
}

/** What a figure is called, and its value with its unit. */
export function rows(figures: Figures): [string, string][] {
  const { startupSeconds: startup, churn, restart, baseline, machine } = figures
  return [
    ['engine', `${figures.engine}, ${figures.nodes} node${figures.nodes === 1 ? '' : 's'}`],
    ['machine', `${machine.cores} cores (${machine.cpu}), Node ${machine.node}, load average at the start ${figures.loadAverage.toFixed(2)}`],
    ['pods Ready', `${figures.ready} of ${figures.pods} in ${figures.seconds.toFixed(2)} s`],
    ['pods a second', String(figures.podsPerSecond)],
    ['half of them Ready', `in ${figures.halfReadyShare} of that time`],
    ['created to Ready p50 / p90 / p99', `${startup.p50} / ${startup.p90} / ${startup.p99} s`],
    ['agent CPU a pod', `${figures.agentCpuMsPerPod} ms`],
    [
      'by its threads',
      Object.entries(figures.agentCpuMsPerPodByThread)
        .map(([name, ms]) => `${name} ${ms}`)
        .join(', '),
    ],
    [
      'agent memory a pod',
      `${figures.agentRssKbPerPod} kB resident, ${figures.agentHeapKbPerPod} kB live heap, ${figures.agentPeakRssKbPerPod} kB at the peak; base ${Math.round(figures.agentBaseRssKb / 1024)} MB`,
    ],
    ['API calls a pod', `${figures.apiCallsPerPod}, and ${figures.eventCallsPerPod} for events`],
    ...(figures.apiServerCpuMsPerPod === undefined ? [] : ([['API server CPU a pod', `${figures.apiServerCpuMsPerPod} ms`]] as [string, string][])),
    ['lease renewals late', `${figures.lateLeases} of ${figures.leaseRenewals}`],
    ['node thread delay p99 / max', `${figures.nodeThreadDelayP99Ms} / ${figures.nodeThreadDelayMaxMs} ms`],
    ...(figures.idleCpuPercent === undefined
      ? []
      : ([
          [
            'idle CPU',
            `${figures.idleCpuPercent} % of a core, ${figures.probesPerContainer || 'no'} probe${figures.probesPerContainer === 1 ? '' : 's'} a container`,
          ],
        ] as [string, string][])),
    ...(churn
      ? ([['churn', `${churn.replaced} replaced, created to Ready p99 ${churn.startupSeconds.p99} s, agent CPU ${churn.cpuMsPerPod} ms each`]] as [
          string,
          string,
        ][])
      : []),
    ...(restart
      ? ([
          [
            'agent started again',
            `${restart.pods} pods adopted in ${restart.adoptedSeconds} s, ${restart.containersTouched} containers touched, ${restart.podsUnready} pods unready meanwhile`,
          ],
        ] as [string, string][])
      : []),
    ...(baseline
      ? ([['raw loop of the engine', `${baseline.podsPerSecond} pods a second, ${baseline.parallel} at once: ratio ${figures.ratio}`]] as [string, string][])
      : []),
  ]
}
