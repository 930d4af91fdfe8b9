import type { HorizontalPodAutoscaler } from '../../../../kube/objects.ts'

type Metrics = NonNullable<HorizontalPodAutoscaler['spec']>['metrics']
type Current = NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']
type Metric = NonNullable<Metrics>[number]
type Now = NonNullable<Current>[number]

const unknown = '<unknown>'
const shownAtMost = 2

/** The Targets column: what is and what is wished, of two metrics at most (printers' formatHPAMetrics). */
export function metricsCell(metrics: Metrics, current: Current | null): string {
  if (!metrics?.length) return '<none>'
  const cells = metrics.map((metric, index) => cellOf(metric, current?.[index]))
  const shown = cells.slice(0, shownAtMost).join(', ')
  return cells.length > shownAtMost ? `${shown} + ${cells.length - shownAtMost} more...` : shown
}

function cellOf(metric: Metric, now: Now | undefined): string {
  switch (metric.type) {
    case 'External':
      return ofValue(metric.external?.target, now?.external?.current)
    case 'Object':
      return ofValue(metric.object?.target, now?.object?.current)
    case 'Pods':
      return `${now?.pods?.current?.averageValue ?? unknown}/${metric.pods?.target?.averageValue ?? ''}`
    case 'Resource':
      return ofResource(metric.resource, now?.resource?.current)
    case 'ContainerResource':
      return ofResource(metric.containerResource, now?.containerResource?.current)
    default:
      return '<unknown type>'
  }
}

interface Amount {
  readonly value?: string
  readonly averageValue?: string
  readonly averageUtilization?: number
}

function ofValue(target: Amount | undefined, now: Amount | undefined): string {
  if (target?.averageValue !== undefined) return `${now?.averageValue ?? unknown}/${target.averageValue} (avg)`
  return `${now?.value ?? unknown}/${target?.value ?? ''}`
}

function ofResource(source: { readonly name?: string; readonly target?: Amount } | undefined, now: Amount | undefined): string {
  const { name = '', target } = source ?? {}
  if (target?.averageValue !== undefined) return `${name}: ${now?.averageValue ?? unknown}/${target.averageValue}`
  const percent = (amount: number | undefined, other: string) => (amount === undefined ? other : `${amount}%`)
  return `${name}: ${percent(now?.averageUtilization, unknown)}/${percent(target?.averageUtilization, '<auto>')}`
}
