-- AlterTable
ALTER TABLE customers ADD COLUMN first_name text, ADD COLUMN last_name text;
UPDATE customers
   SET first_name = split_part(full_name, ' ', 1),
       last_name = nullif(substr(full_name, length(split_part(full_name, ' ', 1)) + 2), '');

-- AlterTable
ALTER TABLE customers ALTER COLUMN first_name SET NOT NULL;

-- AlterTable
ALTER TABLE customers DROP COLUMN full_name;
