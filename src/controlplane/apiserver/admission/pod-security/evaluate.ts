import * as baseline from './baseline-checks.ts'
import type { Level, LevelVersion } from './levels.ts'
import * as restricted from './restricted-checks.ts'
import type { Check, Checked, Violation } from './words.ts'

/** A check, and what it is from which minor version of the policy on. */
interface VersionedCheck {
  readonly level: Exclude<Level, 'privileged'>
  readonly versions: readonly (readonly [from: number, check: Check])[]
  /** Of the baseline: a stricter check takes its place at `restricted`, from that version on. */
  readonly overriddenFrom?: number
}

/** The newest version that differs from the one before; a later one is as this one. */
const newest = 35

// In the order in which violations are told: each level's by their ids.
const checks: readonly VersionedCheck[] = [
  { level: 'baseline', versions: [[0, baseline.appArmorProfile]] },
  { level: 'baseline', versions: [[0, baseline.capabilities]], overriddenFrom: 22 },
  { level: 'baseline', versions: [[0, baseline.hostNamespaces]] },
  { level: 'baseline', versions: [[0, baseline.hostPathVolumes]], overriddenFrom: 0 },
  { level: 'baseline', versions: [[0, baseline.hostPorts]] },
  { level: 'baseline', versions: [[34, baseline.hostProbes]] },
  { level: 'baseline', versions: [[0, baseline.privileged]] },
  {
    level: 'baseline',
    versions: [
      [0, baseline.procMount],
      [35, baseline.procMountRelaxed],
    ],
    overriddenFrom: 35,
  },
  {
    level: 'baseline',
    versions: [
      [0, baseline.seLinuxOptions(false)],
      [31, baseline.seLinuxOptions(true)],
    ],
  },
  {
    level: 'baseline',
    versions: [
      [0, baseline.seccompAnnotations],
      [19, baseline.seccompProfile],
    ],
    overriddenFrom: 19,
  },
  { level: 'baseline', versions: [0, 27, 29, 32].map((from) => [from, baseline.sysctls(from)] as const) },
  { level: 'baseline', versions: [[0, baseline.windowsHostProcess]] },
  {
    level: 'restricted',
    versions: [
      [8, restricted.allowPrivilegeEscalation],
      [25, restricted.unlessWindows(restricted.allowPrivilegeEscalation)],
    ],
  },
  {
    level: 'restricted',
    versions: [
      [22, restricted.unrestrictedCapabilities],
      [25, restricted.unlessWindows(restricted.unrestrictedCapabilities)],
    ],
  },
  { level: 'restricted', versions: [[35, baseline.procMount]] },
  { level: 'restricted', versions: [[0, restricted.restrictedVolumes]] },
  {
    level: 'restricted',
    versions: [
      [0, restricted.runAsNonRoot],
      [35, restricted.unlessInUserNamespace(restricted.runAsNonRoot)],
    ],
  },
  {
    level: 'restricted',
    versions: [
      [23, restricted.runAsUser],
      [35, restricted.unlessInUserNamespace(restricted.runAsUser)],
    ],
  },
  {
    level: 'restricted',
    versions: [
      [19, restricted.seccompProfileSet],
      [25, restricted.unlessWindows(restricted.seccompProfileSet)],
    ],
  },
]

/** What of a pod a level of that version forbids; nothing for `privileged`. */
export function violationsOf({ level, version }: LevelVersion, pod: Checked): readonly Violation[] {
  if (level === 'privileged') return []
  const minor = version === 'latest' ? newest : Math.min(version, newest)
  return checks.flatMap((check) => {
    if (level === 'baseline' && check.level === 'restricted') return []
    if (level === 'restricted' && check.overriddenFrom !== undefined && check.overriddenFrom <= minor) return []
    const violation = check.versions.findLast(([from]) => from <= minor)?.[1](pod)
    return violation ? [violation] : []
  })
}

/** `host namespaces (hostNetwork=true), privileged (…)`. */
export const detailText = (violations: readonly Violation[]) => violations.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ')
/** Without the particulars. */
export const reasonText = (violations: readonly Violation[]) => violations.map(({ reason }) => reason).join(', ')
