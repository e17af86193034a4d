-- The server, as this session sees it.
SELECT json_build_object(
    'version', split_part(current_setting('server_version'), ' ', 1),
    'host', coalesce(host(inet_server_addr()) || ':' || inet_server_port(), 'a local socket'),
    'database', current_database(), 'role', current_user, 'pid', pg_backend_pid(),
    'standby', pg_is_in_recovery(), 'read_only', current_setting('transaction_read_only') = 'on')
