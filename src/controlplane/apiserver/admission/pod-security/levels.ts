import { type FieldError, invalid } from '../../../../kube/validation/field-errors.ts'

/** Pod Security Standards, from the least strict on. */
export const levels = ['privileged', 'baseline', 'restricted'] as const
export type Level = (typeof levels)[number]

/** A minor version of the policy (`v1.25` is 25), or the newest. */
export type Version = number | 'latest'

export interface LevelVersion {
  readonly level: Level
  readonly version: Version
}

export interface Policy {
  readonly enforce: LevelVersion
  readonly audit: LevelVersion
  readonly warn: LevelVersion
}

const prefix = 'pod-security.kubernetes.io/'
/** How much stricter `a` is than `b`. */
export const compareLevels = (a: Level, b: Level): number => levels.indexOf(a) - levels.indexOf(b)

/** `restricted:latest`, `baseline:v1.25`. */
export const levelText = ({ level, version }: LevelVersion) => `${level}:${version === 'latest' ? version : `v1.${version}`}`

/**
 * The policy that a namespace's labels ask for, and what is wrong with them. Of a label that cannot be read, enforcing is strict and the others let everything
 * pass (k8s.io/pod-security-admission, PolicyToEvaluate).
 */
export function policyOf(labels: Readonly<Record<string, string>> = {}): { readonly policy: Policy; readonly errors: readonly FieldError[] } {
  const errors: FieldError[] = []
  const read = (mode: string, otherwise: Level): LevelVersion & { readonly said: boolean; readonly versionSaid: boolean } => {
    const level = labels[`${prefix}${mode}`]
    const version = labels[`${prefix}${mode}-version`]
    const fits = levels.find((each) => each === level)
    const minor = version === undefined || version === 'latest' ? 'latest' : Number(/^v1\.(0|[1-9]\d*)$/.exec(version)?.[1] ?? Number.NaN)
    const label = (suffix: string) => `metadata.labels[${prefix}${mode}${suffix}]`
    if (level !== undefined && !fits) errors.push(invalid(label(''), level, `must be one of ${levels.join(', ')}`))
    if (Number.isNaN(minor)) errors.push(invalid(label('-version'), version, 'must be "latest" or "v1.x"'))
    return {
      level: level === undefined ? 'privileged' : (fits ?? otherwise),
      version: Number.isNaN(minor) ? 'latest' : minor,
      said: fits !== undefined,
      versionSaid: version !== undefined,
    }
  }
  const enforce = read('enforce', 'restricted')
  const audit = read('audit', 'privileged')
  const warn = read('warn', 'privileged')
  const only = ({ level, version }: LevelVersion): LevelVersion => ({ level, version })
  // Who enforces is warned of as much, unless it is said otherwise.
  const follows = labels[`${prefix}warn`] === undefined && enforce.said && compareLevels(enforce.level, warn.level) > 0
  const warned = follows ? { level: enforce.level, version: warn.versionSaid ? warn.version : enforce.version } : only(warn)
  return { policy: { enforce: only(enforce), audit: only(audit), warn: warned }, errors }
}
