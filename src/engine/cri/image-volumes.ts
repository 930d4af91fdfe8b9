/** CRI says nothing of whether a runtime mounts images: the first of its versions that does. */
const since: Readonly<Record<string, readonly [major: number, minor: number]>> = { containerd: [2, 1], 'cri-o': [1, 31] }

/** Why a runtime mounts no images; undefined where it does, or nobody knows. */
export function whyNoImageVolumes(name: string, version: string): string | undefined {
  const first = Object.hasOwn(since, name) ? since[name] : undefined
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? []
  if (!first || major === undefined || minor === undefined) return undefined
  const [wantedMajor, wantedMinor] = first
  if (Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor)) return undefined
  return `${name} ${version} cannot mount images; ${name} ${wantedMajor}.${wantedMinor} and later can`
}
