/** `/version` of a server that speaks the API of that minor version of Kubernetes 1. */
export const versionInfo = (minor: number) => ({
  major: '1',
  minor: String(minor),
  gitVersion: `v1.${minor}.0-podsteward.1`,
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'node',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
})
