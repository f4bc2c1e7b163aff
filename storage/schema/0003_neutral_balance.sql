-- The balance of a neutral article is the ratio of two scores near nothing. In sums and means it
-- counts as 0; what was summed before is summed anew after this step, as after every step.
UPDATE stance_counts SET balance = 0 WHERE articles = neutral;
