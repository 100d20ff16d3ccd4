# Clients and daemons that get in the way.

test_hostile_clients_harm_nobody() {
    run_python hostile.py clients
}

test_daemons_that_start_at_once() {
    run_python hostile.py daemons
}
