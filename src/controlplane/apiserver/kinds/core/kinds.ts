import type { Kind } from '../kind.ts'
import { configMaps } from './config-maps.ts'
import { endpoints } from './endpoints.ts'
import { events } from './events.ts'
import { limitRanges } from './limit-ranges.ts'
import { namespaces } from './namespaces.ts'
import { nodes } from './nodes.ts'
import { persistentVolumeClaims } from './persistent-volume-claims.ts'
import { persistentVolumes } from './persistent-volumes.ts'
import { podTemplates } from './pod-templates.ts'
import { pods } from './pods.ts'
import { replicationControllers } from './replication-controllers.ts'
import { resourceQuotas } from './resource-quotas.ts'
import { secrets } from './secrets.ts'
import { serviceAccounts } from './service-accounts.ts'
import { services } from './services.ts'

export const coreKinds: readonly Kind[] = [
  configMaps,
  endpoints,
  events,
  limitRanges,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  podTemplates,
  replicationControllers,
  resourceQuotas,
  secrets,
  serviceAccounts,
  services,
]
