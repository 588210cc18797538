# fish completion for privtmp. Nothing that is read is evaluated.

function __privtmp_owner
    set -l token (commandline -ct | string replace -r '^(-u|--user=)' '')
    if string match -q '*:*' -- $token
        set -l user (string split -m 1 : -- $token)[1]
        getent group | string replace -r ':.*' '' | string replace -r '^' "$user:"
    else
        __fish_complete_users
    end
end

function __privtmp_pids
    privtmp --list 2>/dev/null | awk '$1 ~ /^[0-9]+$/ { print $1 "\t" $2 " " $6 }'
end

complete -c privtmp -x -a '(__fish_complete_subcommand -- -u --user -g --group -a --also -s --size --inodes -m --mode -b --base -e --expose --hide --unmount -C --chdir --propagation -d --dir -j --join)'
complete -c privtmp -s u -l user -x -a '(__privtmp_owner)' -d 'Run the command as USER'
complete -c privtmp -s g -l group -x -a '(__fish_complete_groups)' -d 'Primary group'
complete -c privtmp -s a -l also -x -a '(__fish_complete_directories)' -d 'Make DIR private as well'
complete -c privtmp -s t -l tmpfs -d 'Keep the private directories in memory'
complete -c privtmp -l noswap -d 'Never on disk, swap included'
complete -c privtmp -s s -l size -x -d 'Limit the size of each of them'
complete -c privtmp -l inodes -x -d 'Limit the number of files'
complete -c privtmp -l exec -d 'Let programs in private directories be executed'
complete -c privtmp -s m -l mode -x -d 'Mode of the private directories'
complete -c privtmp -s b -l base -x -a '(__fish_complete_directories)' -d 'Make them in DIR'
complete -c privtmp -s e -l expose -r -F -d 'Keep PATH visible'
complete -c privtmp -l hide -r -F -d 'Cover DIR with an empty directory'
complete -c privtmp -l unmount -x -a '(__fish_complete_directories)' -d 'Unmount what is mounted at DIR, inside'
complete -c privtmp -s C -l chdir -x -a '(__fish_complete_directories)' -d 'Working directory'
complete -c privtmp -l propagation -x -a 'private slave' -d 'Whether later mounts of the host arrive'
complete -c privtmp -l no-new-privs -d 'No setuid program inside gains anything'
complete -c privtmp -s d -l dir -x -a '(__fish_complete_directories)' -d 'Use DIR, which stays, instead of a fresh directory'
complete -c privtmp -s j -l join -x -a '(__privtmp_pids)' -d 'Enter the instance that PID belongs to'
complete -c privtmp -s l -l list -d 'List the live instances'
complete -c privtmp -l sweep -d 'Remove directories that are provably dead'
complete -c privtmp -s v -l verbose -d 'Print every step'
complete -c privtmp -s h -l help -d 'Print help'
complete -c privtmp -s V -l version -d 'Print the version'
