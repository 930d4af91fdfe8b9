/** `/version` of a server that speaks the API of that minor version of Kubernetes 1. */
export const versionInfo = (minor: number) => ({
  major: '1',
  minor: String(minor),
  // Since 1.33: what it passes for, and the oldest that it could be taken back to.
  emulationMajor: '1',
  emulationMinor: String(minor),
  minCompatibilityMajor: '1',
  minCompatibilityMinor: String(minor - 1),
  gitVersion: `v1.${minor}.0-podsteward.1`,
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'node',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
})
