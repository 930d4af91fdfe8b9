/** The types of apidiscovery, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const apidiscovery = {
  v2: `

`,
} as const
