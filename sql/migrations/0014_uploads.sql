-- Files that staff sent by the product pages.
SET ROLE lk_owner;
ALTER TABLE files ADD COLUMN uploaded_by bigint REFERENCES staff (id);
COMMENT ON COLUMN files.uploaded_by IS 'who sent it first; NULL: the operator, from files';
RESET ROLE;
