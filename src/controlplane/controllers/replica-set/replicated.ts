import { own } from '../../../base/own.ts'
import { selectorMatches } from '../../../kube/label-selector.ts'
import type { ReplicaSet, ReplicationController } from '../../../kube/objects.ts'

/** A ReplicaSet or the ReplicationController that came before it: one controller is of both. */
export type Replicated = ReplicaSet | ReplicationController
export type Labels = Readonly<Record<string, string>> | undefined

/** What differs between them. */
export interface ReplicatedKind {
  readonly resource: string
  readonly apiVersion: string
  readonly kind: string
  /** The service account and the source of events. */
  readonly account: string
  readonly component: string
  /** What its queue is called in metrics, as kube-controller-manager's. */
  readonly queue: string
  /** Whether its status counts the pods that are going. */
  readonly countsTerminating: boolean
  selects(owner: Replicated, labels: Labels): boolean
}

export const replicaSetKind: ReplicatedKind = {
  resource: 'replicasets.apps',
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  account: 'replicaset-controller',
  component: 'replicaset-controller',
  queue: 'replicaset',
  countsTerminating: true,
  selects: (owner, labels) => selectorMatches((owner as ReplicaSet).spec?.selector, labels),
}

export const replicationControllerKind: ReplicatedKind = {
  resource: 'replicationcontrollers',
  apiVersion: 'v1',
  kind: 'ReplicationController',
  account: 'replication-controller',
  component: 'replication-controller',
  queue: 'replicationmanager',
  countsTerminating: false,
  selects: (owner, labels) => hasAll(labels, (owner as ReplicationController).spec?.selector),
}

/** Whether `labels` has all of `wanted`. */
export const hasAll = (labels: Labels, wanted: Labels): boolean => Object.entries(wanted ?? {}).every(([key, value]) => own(labels, key) === value)
