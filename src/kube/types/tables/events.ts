/** The types of events, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const events = {
  v1: `
Event@ metadata:1=meta/v1.ObjectMeta!w eventTime:2=microtime!wr series:3=EventSeries!p reportingController:4=string reportingInstance:5=string action:6=string reason:7=string regarding:8=core/v1.ObjectReference related:9=core/v1.ObjectReference!p note:10=string type:11=string deprecatedSource:12=core/v1.EventSource deprecatedFirstTimestamp:13=time deprecatedLastTimestamp:14=time deprecatedCount:15=int32
EventSeries count:1=int32!wr lastObservedTime:2=microtime!wr
`,
} as const
