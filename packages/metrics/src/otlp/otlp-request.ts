/**
 * What is read of an `ExportMetricsServiceRequest` in OTLP's JSON: 64-bit numbers may be texts, all fields may be
 * absent. Nothing is known of it before it is checked, so all is optional.
 */
export interface OtlpMetricsRequest {
  readonly resourceMetrics?: readonly {
    readonly resource?: { readonly attributes?: readonly OtlpAttribute[] };
    readonly scopeMetrics?: readonly {
      readonly scope?: { readonly name?: string; readonly version?: string };
      readonly metrics?: readonly OtlpMetric[];
    }[];
  }[];
}

export interface OtlpMetric {
  readonly name?: string;
  readonly unit?: string;
  readonly gauge?: { readonly dataPoints?: readonly OtlpPoint[] };
  readonly sum?: OtlpTemporal & { readonly isMonotonic?: boolean };
  readonly histogram?: OtlpTemporal;
  readonly exponentialHistogram?: OtlpTemporal;
  readonly summary?: { readonly dataPoints?: readonly OtlpPoint[] };
}

interface OtlpTemporal {
  readonly dataPoints?: readonly OtlpPoint[];
  /** 1 or its name: delta; 2: cumulative. */
  readonly aggregationTemporality?: number | string;
}

export type OtlpNumber = number | string;

/** All kinds of points as one. */
export interface OtlpPoint {
  readonly attributes?: readonly OtlpAttribute[];
  readonly startTimeUnixNano?: OtlpNumber;
  readonly timeUnixNano?: OtlpNumber;
  readonly flags?: number;
  readonly asInt?: OtlpNumber;
  readonly asDouble?: OtlpNumber;
  readonly count?: OtlpNumber;
  readonly sum?: OtlpNumber;
  readonly bucketCounts?: readonly OtlpNumber[];
  readonly explicitBounds?: readonly OtlpNumber[];
  readonly scale?: number;
  readonly zeroCount?: OtlpNumber;
  readonly zeroThreshold?: OtlpNumber;
  readonly positive?: OtlpBuckets;
  readonly negative?: OtlpBuckets;
  readonly quantileValues?: readonly { readonly quantile?: OtlpNumber; readonly value?: OtlpNumber }[];
}

export interface OtlpBuckets {
  readonly offset?: number;
  readonly bucketCounts?: readonly OtlpNumber[];
}

export interface OtlpAttribute {
  readonly key?: string;
  readonly value?: OtlpValue;
}

interface OtlpValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: OtlpNumber;
  readonly doubleValue?: OtlpNumber;
  readonly arrayValue?: { readonly values?: readonly OtlpValue[] };
  readonly kvlistValue?: unknown;
  readonly bytesValue?: string;
}

/** An attribute's value as a label's. */
export function valueText(value: OtlpValue | undefined): string {
  if (value?.arrayValue) return JSON.stringify((value.arrayValue.values ?? []).map((each) => valueText(each)));
  if (value?.kvlistValue) return JSON.stringify(value.kvlistValue);
  return String(
    value?.stringValue ?? value?.boolValue ?? value?.intValue ?? value?.doubleValue ?? value?.bytesValue ?? "",
  );
}

/** Throws `SyntaxError` where it is no number. Integers above 2^53 lose their last digits. */
export function otlpNumber(number: OtlpNumber | undefined): number {
  if (number === "NaN") return Number.NaN;
  const value = typeof number === "string" && number.trim() === "" ? Number.NaN : Number(number ?? 0);
  if (Number.isNaN(value)) throw new SyntaxError(`${JSON.stringify(number)} is no number`);
  return value;
}

/** Undefined where the time is not known. */
export function otlpTimeMs(nanoseconds: OtlpNumber | undefined): number | undefined {
  const time = otlpNumber(nanoseconds);
  return time > 0 ? Math.floor(time / 1e6) : undefined;
}
