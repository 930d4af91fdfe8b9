/** The types of storagemigration, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const storagemigration = {
  v1beta1: `
StorageVersionMigration@ metadata:1=meta/v1.ObjectMeta spec:2=StorageVersionMigrationSpec status:3=StorageVersionMigrationStatus
StorageVersionMigrationSpec resource:1=meta/v1.GroupResource!wr
StorageVersionMigrationStatus conditions:1=[]meta/v1.Condition~map(type)^type resourceVersion:2=string
`,
} as const
