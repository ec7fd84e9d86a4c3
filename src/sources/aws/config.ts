import { z } from 'zod';
import { parseDuration } from '../../lib/duration.ts';

const ROLE = /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,200}$/;
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const QUEUE = /^https?:\/\/[^/]+\/\d{12}\/[\w-]{1,80}(?:\.fifo)?$/;
/** Of which one says where it comes from. */
export const CLOUDTRAIL_WAYS = ['queue', 'bucket', 'regions'] as const;

/** The keys of a `cloudtrail` source that is read from the cloud. */
export const CLOUDTRAIL_KEYS = {
  queue: z
    .string()
    .regex(QUEUE, 'must be the URL of an SQS queue, such as https://sqs.eu-central-1.amazonaws.com/444455556666/whosaw')
    .optional()
    .describe('instead of file: an SQS queue that announces the trail files of a bucket'),
  bucket: z
    .string()
    .regex(BUCKET, 'must be the name of an S3 bucket')
    .optional()
    .describe('instead of file: a bucket whose trail files are found by listing it'),
  prefix: z.string().default('').describe('of a bucket: what stands in front of AWSLogs/, with its slash'),
  region: z
    .string()
    .regex(REGION, 'must be a region, such as eu-central-1')
    .optional()
    .describe('of a bucket: where it is; without it AWS_REGION'),
  regions: z
    .array(z.string().regex(REGION, 'must be a region, such as eu-central-1'))
    .min(1)
    .optional()
    .describe('instead of file: these regions are asked by LookupEvents, which needs no trail'),
  event_source: z
    .string()
    .regex(/^[a-z0-9.-]+\.amazonaws\.com$|^all$/, 'must be a service, such as secretsmanager.amazonaws.com, or all')
    .default('secretsmanager.amazonaws.com')
    .describe('of regions: whose events; all takes many times as long'),
  roles: z
    .array(z.string().regex(ROLE, 'must be the ARN of a role'))
    .default([])
    .describe("of regions: roles to assume, one for each account; without them the credentials' own account"),
  role: z
    .string()
    .regex(ROLE, 'must be the ARN of a role')
    .optional()
    .describe('of a queue or bucket: a role to assume'),
  external_id: z.string().min(2).optional().describe('what the roles ask for, if they do'),
  since: z
    .string()
    .refine((text) => parseDuration(text) !== undefined, 'must be a duration such as 30m, 2h or 1d')
    .default('1d')
    .describe('of regions or a bucket: how far back the first start reads; `whosaw backfill` reads what is older'),
  verify: z
    .boolean()
    .default(true)
    .describe('of a queue or bucket: verifies log files by the digest files of the trail, where there are some'),
};

export type CloudTrailConfig = z.infer<z.ZodObject<typeof CLOUDTRAIL_KEYS>>;
