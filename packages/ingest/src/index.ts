export { follow, type Follower, type FollowSpec } from "./follow.ts";
