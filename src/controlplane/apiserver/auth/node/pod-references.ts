import type { Pod } from '../../../../kube/objects.ts'

/** What a pod refers to in its namespace. */
export interface PodReferences {
  readonly secrets: ReadonlySet<string>
  readonly configMaps: ReadonlySet<string>
  /** Ephemeral volumes' among them. */
  readonly claims: ReadonlySet<string>
  /** CSI drivers of volumes within the pod itself. */
  readonly drivers: ReadonlySet<string>
  /** Of dynamic resource allocation. */
  readonly resourceClaims: ReadonlySet<string>
  readonly serviceAccount: string | undefined
}

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number]

/** Everything that Kubernetes' VisitPodSecretNames, VisitPodConfigmapNames and the node authorizer's graph look at. */
export function referencesOf({ metadata, spec, status }: Pod): PodReferences {
  const secrets = new Set<string>()
  const configMaps = new Set<string>()
  const claims = new Set<string>()
  const drivers = new Set<string>()
  for (const { name } of spec?.imagePullSecrets ?? []) put(secrets, name)
  for (const container of [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])]) {
    for (const { secretRef, configMapRef } of container.envFrom ?? []) {
      put(secrets, secretRef?.name)
      put(configMaps, configMapRef?.name)
    }
    for (const { valueFrom } of container.env ?? []) {
      put(secrets, valueFrom?.secretKeyRef?.name)
      put(configMaps, valueFrom?.configMapKeyRef?.name)
    }
  }
  for (const volume of spec?.volumes ?? []) {
    for (const name of volumeSecrets(volume)) put(secrets, name)
    put(configMaps, volume.configMap?.name)
    for (const { configMap } of volume.projected?.sources ?? []) put(configMaps, configMap?.name)
    put(claims, volume.persistentVolumeClaim?.claimName)
    if (volume.ephemeral) put(claims, `${metadata?.name}-${volume.name}`)
    put(drivers, volume.csi?.driver)
  }
  const resourceClaims = new Set<string>()
  for (const { resourceClaimName } of spec?.resourceClaims ?? []) put(resourceClaims, resourceClaimName)
  for (const { resourceClaimName } of status?.resourceClaimStatuses ?? []) put(resourceClaims, resourceClaimName)
  put(
    resourceClaims,
    (status as { readonly extendedResourceClaimStatus?: { readonly resourceClaimName?: string } } | undefined)?.extendedResourceClaimStatus?.resourceClaimName,
  )
  return { secrets, configMaps, claims, drivers, resourceClaims, serviceAccount: spec?.serviceAccountName || undefined }
}

function volumeSecrets({ secret, projected, csi, azureFile, ...volume }: Volume): (string | undefined)[] {
  const { flexVolume, cephfs, rbd, iscsi, cinder, scaleIO, storageos } = volume
  return [
    secret?.secretName,
    ...(projected?.sources ?? []).map((source) => source.secret?.name),
    csi?.nodePublishSecretRef?.name,
    azureFile?.secretName,
    ...[flexVolume, cephfs, rbd, iscsi, cinder, scaleIO, storageos].map((source) => source?.secretRef?.name),
  ]
}

function put(names: Set<string>, name: string | undefined): void {
  if (name) names.add(name)
}
