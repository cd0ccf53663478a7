-- The planner's decision is kept by one function, which takes what the planner had read.
SET ROLE lk_definer;
DROP FUNCTION IF EXISTS case_planned(bigint, timestamptz, text);
RESET ROLE;
